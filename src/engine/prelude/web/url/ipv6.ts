/** IPv6 addresses in URLs: sections 3.5 and 3.6 of the URL standard; RFC 5952 is how they are written. */

const PIECES = 8;
const piece = /^[0-9A-Fa-f]{1,4}$/;
const ipv4 = /^(?:(?:[1-9]?[0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?!$)|$)){4}$/;

/** In brackets; undefined: it is no address. */
export function parseIpv6(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) {
    return undefined;
  }
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":"))) as [string[], string[] | undefined];
  // The last 32 bits may be written as an IPv4 address.
  const last = tail ?? head;
  const dotted = last.at(-1);
  if (dotted?.includes(".") === true) {
    if (!ipv4.test(dotted)) {
      return undefined;
    }
    const [a, b, c, d] = dotted.split(".").map(Number) as [number, number, number, number];
    last.splice(-1, 1, (a * 256 + b).toString(16), (c * 256 + d).toString(16));
  }
  const given = head.length + (tail?.length ?? 0);
  if (tail === undefined ? given !== PIECES : given >= PIECES) {
    return undefined;
  }
  const pieces = [...head, ...new Array<string>(PIECES - given).fill("0"), ...(tail ?? [])];
  return pieces.every((one) => piece.test(one)) ? `[${serialized(pieces.map((one) => parseInt(one, 16)))}]` : undefined;
}

/** The first of the longest runs of more than one zero is left out. */
function serialized(pieces: readonly number[]): string {
  let start = 0;
  let length = 1;
  for (let from = 0; from < PIECES; from++) {
    let to = from;
    while (pieces[to] === 0) {
      to++;
    }
    if (to - from > length) {
      start = from;
      length = to - from;
    }
    from = to;
  }
  const hex = pieces.map((one) => one.toString(16));
  return length === 1 ? hex.join(":") : `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}
