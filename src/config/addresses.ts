export const originExpected = "an origin, such as http://127.0.0.1:9000: no path, no query, no credentials";
export const hostExpected = "a host without port, such as example.com or *.example.com";
export const portExpected = "a port: a number from 0 to 65535";

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

/** In lower case; an IPv6 address stands in brackets. */
export function parseHost(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const wildcard = value.startsWith("*.") ? "*." : "";
  const name = value.slice(wildcard.length);
  if (!/^[^*@:/?#]+$|^\[[\da-f:.]+\]$/i.test(name) || !URL.canParse(`http://${name}`)) {
    return undefined;
  }
  return `${wildcard}${new URL(`http://${name}`).hostname}`;
}

/** A number, or its digits. */
export function parsePort(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : undefined;
}
