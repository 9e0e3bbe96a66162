/** The client's address as the key of a limit. */
import type { StreamProperties } from "../../policy/context.js";

/** How addresses are told apart. */
export interface ClientAddressOptions {
  /** How many bits of an IPv6 address count, from 16 to 128: a client has a whole network of them. Default 64. */
  readonly ipv6Prefix?: number | undefined;
}

/**
 * The client's address without its port: `192.0.2.1`, or the first bits of an IPv6 address, `2001:db8:0:1::/64`. It is the gateway that
 * knows the client behind trusted proxies (`listener.trustedHops` of a gateway file); what clients say themselves is not looked at.
 *
 * @returns "" where the gateway knows none
 */
export function clientAddress(
  { clientAddress: client }: Pick<StreamProperties, "clientAddress">,
  { ipv6Prefix = 64 }: ClientAddressOptions = {},
): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(client ?? "");
  const address = bracketed?.[1] ?? client ?? "";
  const colon = address.indexOf(":");
  if (colon < 0 || (bracketed === null && colon === address.lastIndexOf(":"))) {
    return colon < 0 ? address : address.slice(0, colon);
  }
  const mapped = /^::ffff:([\d.]+)$/i.exec(address);
  if (mapped !== null) {
    return mapped[1] ?? "";
  }
  return `${network(address.replace(/%.*$/, ""), ipv6Prefix)}/${ipv6Prefix}`;
}

/** The first bits of an IPv6 address, each group of 16 without leading zeros (RFC 5952 section 4.1). */
function network(address: string, bits: number): string {
  const [head = "", tail] = address.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const missing = Math.max(0, 8 - before.length - after.length);
  return [...before, ...new Array<number>(missing).fill(0), ...after]
    .slice(0, Math.ceil(bits / 16))
    .map((group, index) => (group & (0xffff << Math.max(0, 16 * (index + 1) - bits)) & 0xffff).toString(16))
    .join(":")
    .concat(bits > 112 ? "" : "::");
}

function groups(text: string): number[] {
  return text === ""
    ? []
    : text.split(":").flatMap((group) => {
        const [a, b, c, d] = group.split(".").map(Number);
        return d === undefined ? [parseInt(group, 16) & 0xffff] : [(a! << 8) | b!, (c! << 8) | d];
      });
}
