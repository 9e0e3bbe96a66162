/** IPv4 addresses in URLs: section 3.5 of the URL standard. */

/** Whether a domain must be an address: its last label is a number. */
export function endsInNumber(domain: string): boolean {
  const labels = domain.split(".");
  if (labels.at(-1) === "") {
    labels.pop();
  }
  const last = labels.at(-1);
  return last !== undefined && (/^[0-9]+$/.test(last) || parseNumber(last) !== undefined);
}

/** Four decimal numbers; undefined: it is no address. */
export function parseIpv4(domain: string): string | undefined {
  const labels = domain.split(".");
  if (labels.at(-1) === "") {
    labels.pop();
  }
  if (labels.length > 4) {
    return undefined;
  }
  const last = parseNumber(labels.pop()!);
  if (last === undefined || last >= 256 ** (4 - labels.length)) {
    return undefined;
  }
  let address = last;
  for (const [index, label] of labels.entries()) {
    const number = parseNumber(label);
    if (number === undefined || number > 255) {
      return undefined;
    }
    address += number * 256 ** (3 - index);
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Decimal, `0x` hexadecimal, `0` octal; a prefix alone is 0. */
function parseNumber(text: string): number | undefined {
  const [, hex, octal, decimal] = /^(?:0[xX]([0-9A-Fa-f]*)|0([0-7]+)|([0-9]+))$/.exec(text) ?? [];
  if (hex !== undefined) {
    return hex === "" ? 0 : parseInt(hex, 16);
  }
  if (octal !== undefined) {
    return parseInt(octal, 8);
  }
  // Such as 08.
  return decimal === undefined || (decimal.length > 1 && decimal.startsWith("0")) ? undefined : parseInt(decimal, 10);
}
