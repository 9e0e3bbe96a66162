export const originExpected = "an origin, such as http://127.0.0.1:9000: no path, no query, no credentials";
export const hostExpected = "a host without port, such as example.com or *.example.com";
export const portExpected = "a port: a number from 0 to 65535";

/** As JSON Schema. */
export const originForm = { type: "string", pattern: String.raw`^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s]+/?$` };
export const hostForm = {
  type: "string",
  pattern: String.raw`^(\*\.)?([^*@:/?#%\[\]]+|\[[0-9A-Fa-f:.]+\])$`,
};
export const portForm = {
  anyOf: [
    { type: "integer", minimum: 0, maximum: 65_535 },
    { type: "string", pattern: String.raw`^\d{1,5}$` },
  ],
};

/** The origin of an `http` or `https` URL that is nothing but one. */
export function parseOrigin(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) {
    return undefined;
  }
  const url = new URL(value);
  const plain =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return plain && (url.protocol === "http:" || url.protocol === "https:") ? url.origin : undefined;
}

const label = "[A-Za-z0-9_~-]+";
const name = String.raw`${label}(?:\.${label})*`;
const address = String.raw`\[(?:[0-9A-Fa-f]*:){2}[0-9A-Fa-f:.]*\]`;
const portNumber = "0*(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";

/**
 * The host of a request, as a regular expression of JavaScript and of Envoy: names of labels that are not empty, perhaps with a final
 * dot, or an address (RFC 3986, section 3.2.2; RFC 1034, section 3.1); perhaps a port. No user, no path, no list.
 */
export const authorityPattern = String.raw`(?:${name}\.?|${address})(?::${portNumber})?`;

/** In lower case, without a final dot; an IPv6 address stands in brackets. */
export function parseHost(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const wildcard = value.startsWith("*.") ? "*." : "";
  const host = value.slice(wildcard.length).replace(/\.$/, "");
  if (!/^[^*@:/?#%]+$|^\[[\da-f:.]+\]$/i.test(host) || !URL.canParse(`http://${host}`)) {
    return undefined;
  }
  const { hostname } = new URL(`http://${host}`);
  // Requests are compared as they are: none has what only URLs understand, such as `127.1` for `127.0.0.1`.
  const asRequested = host.startsWith("[") || !/^[\x21-\x7e]+$/.test(host) || hostname === host.toLowerCase();
  return asRequested && hostPattern.test(hostname) ? `${wildcard}${hostname}` : undefined;
}

const hostPattern = new RegExp(`^(?:${name}|${address})$`);

/** A number, or its digits. */
export function parsePort(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : undefined;
}
