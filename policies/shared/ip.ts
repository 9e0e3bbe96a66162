/** IP addresses and networks, as texts and as bytes (RFC 4291, RFC 4632). */

/** 4 bytes, or 16. An IPv4 address that came over an IPv6 socket is an IPv4 address. */
export type Address = readonly number[];

/** All addresses that begin with these bits. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** Undefined for what is none: names, ports, octal numbers, anything else. A zone (`%eth0`) says nothing of the address. */
export function parseAddress(text: string): Address | undefined {
  const bytes = text.includes(":") ? v6Bytes(text.replace(/%[\w.-]+$/, "")) : v4Bytes(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/**
 * The network; throws what is wrong with the text. An address alone is a network of one. `::ffff:10.0.0.0/104` is 10.0.0.0/8, as its
 * addresses are IPv4 addresses.
 */
export function parseNetwork(text: string): Network {
  const [first = "", prefix, ...more] = text.split("/");
  const bytes = first.includes(":") ? v6Bytes(first) : v4Bytes(first);
  if (bytes === undefined || more.length > 0) {
    throw new Error("expected a network such as 10.0.0.0/8 or 2001:db8::/32, or an address");
  }
  const most = bytes.length * 8;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
  if (bits > most) {
    throw new Error(`expected at most /${most} behind this address`);
  }
  if (bytes.some((byte, index) => (byte & ~maskOf(bits, index)) !== 0)) {
    throw new Error(`has bits beyond /${bits}; name the network's first address`);
  }
  return isMapped(bytes) && bits >= 96 ? { address: bytes.slice(12), bits: bits - 96 } : { address: bytes, bits };
}

/** Whether the address is one of the network. IPv6 networks hold no IPv4 addresses. */
export function contains({ address, bits }: Network, other: Address): boolean {
  return (
    other.length === address.length &&
    other.every((byte, index) => ((byte ^ (address[index] ?? 0)) & maskOf(bits, index)) === 0)
  );
}

/** The bits of the byte at `index` that belong to a prefix of `bits`. */
function maskOf(bits: number, index: number): number {
  const own = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - own)) & 0xff;
}

function isMapped(bytes: Address): boolean {
  return (
    bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  );
}

function v4Bytes(text: string): number[] | undefined {
  const parts = text.split(".");
  // A leading zero means octal to some readers.
  const right = parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return right ? parts.map(Number) : undefined;
}

function v6Bytes(text: string): number[] | undefined {
  const halves = text.split("::").map((half, index, all) => groupBytes(half, index === all.length - 1));
  const [head, tail] = halves;
  if (head === undefined || halves.length > 2 || (halves.length === 2 && tail === undefined)) {
    return undefined;
  }
  if (halves.length === 1) {
    return head.length === 16 ? head : undefined;
  }
  const missing = 16 - head.length - (tail?.length ?? 0);
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])] : undefined;
}

/** The bytes of `2001:db8`. The last group of an address may be an IPv4 address. */
function groupBytes(text: string, last: boolean): number[] | undefined {
  if (text === "") {
    return [];
  }
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (last && index === groups.length - 1 && group.includes(".")) {
      const v4 = v4Bytes(group);
      if (v4 === undefined) {
        return undefined;
      }
      bytes.push(...v4);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else {
      return undefined;
    }
  }
  return bytes;
}
