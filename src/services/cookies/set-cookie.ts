/** Cookies that a response sets: RFC 6265bis section 4.1. */
import { SluiceError } from "../../errors.js";
import { cookiePair } from "./cookie-syntax.js";

/** The attributes of a cookie that is set (RFC 6265bis section 4.1.2). Each is left out unless it is given. */
export interface SetCookieAttributes {
  /** When the cookie ends, of the years 1601 to 9999; without `expires` and `maxAge` it ends with the user agent's session. */
  readonly expires?: Date | undefined;
  /** Whole seconds until the cookie ends; it goes before `expires`. 0 removes the cookie. */
  readonly maxAge?: number | undefined;
  /** The host that gets the cookie, with all below it; without it the host that sets it, alone. */
  readonly domain?: string | undefined;
  /** The path that it is sent to, with all below it, beginning with "/"; without it the folder of the request's path. */
  readonly path?: string | undefined;
  /** Only over secure connections. */
  readonly secure?: boolean | undefined;
  /** Scripts of the page cannot read it. */
  readonly httpOnly?: boolean | undefined;
  /** Whether other sites' requests carry it; user agents take `Lax` without it. `None` needs `secure`. */
  readonly sameSite?: "Strict" | "Lax" | "None" | undefined;
}

/** User agents ignore longer ones (RFC 6265bis section 5.7). */
const longestPair = 4096;
const longestAttribute = 1024;

const domainName = /^(?:[0-9a-z](?:[-0-9a-z]*[0-9a-z])?)(?:\.[0-9a-z](?:[-0-9a-z]*[0-9a-z])?)*$/i;
const pathValue = /^\/[\x20-\x3a\x3c-\x7e]*$/;
const sameSites: readonly unknown[] = ["Strict", "Lax", "None"];

/**
 * The value of a `set-cookie` header (RFC 6265bis section 4.1.1: the set-cookie-string). Each cookie is a header line of its own: give it
 * to `headers.append`, or to a `Response` among its pairs.
 *
 * A name that begins with `__Secure-` needs `secure`; one that begins with `__Host-` needs `secure`, the path `/` and no domain (section
 * 4.1.3). User agents would drop what is refused here.
 *
 * @param value printable ASCII without spaces, commas, semicolons and backslashes, also in double quotes, which are part of it; with the
 *   name 4,096 bytes at most
 * @example response.headers.append("set-cookie", setCookieString("__Host-sid", id, { secure: true, path: "/", httpOnly: true }));
 * @throws SluiceError `COOKIE_SYNTAX` for a name or value, `COOKIE_ATTRIBUTE` for attributes that cannot be, also together
 */
export function setCookieString(name: string, value: string, attributes: SetCookieAttributes = {}): string {
  const pair = cookiePair(name, value, "setCookieString()");
  if (pair.length - 1 > longestPair) {
    throw new SluiceError(
      "COOKIE_SYNTAX",
      `setCookieString(): cookie ${name.slice(0, 100)}: expected at most ${longestPair} bytes of name and value, got ${pair.length - 1}.`,
    );
  }
  const problem = attributeProblem(name, attributes);
  if (problem !== undefined) {
    throw new SluiceError("COOKIE_ATTRIBUTE", `setCookieString(): cookie ${name}: ${problem}`);
  }
  const { expires, maxAge, domain, path, secure, httpOnly, sameSite } = attributes;
  return [
    pair,
    ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(path === undefined ? [] : [`Path=${path}`]),
    ...(secure === true ? ["Secure"] : []),
    ...(httpOnly === true ? ["HttpOnly"] : []),
    ...(sameSite === undefined ? [] : [`SameSite=${sameSite}`]),
  ].join("; ");
}

/** What is wrong with the attributes, without quoting them. */
function attributeProblem(name: string, attributes: SetCookieAttributes): string | undefined {
  const { expires, maxAge, domain, path, secure, sameSite } = attributes;
  if (expires !== undefined && !isDate(expires)) {
    return "expires: expected a Date of the years 1601 to 9999.";
  }
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0)) {
    return "maxAge: expected whole seconds, 0 or more.";
  }
  if (domain !== undefined && !(isShort(domain) && domainName.test(domain))) {
    return "domain: expected a host name, e.g. example.com.";
  }
  if (path !== undefined && !(isShort(path) && pathValue.test(path))) {
    return 'path: expected a path that begins with "/", of printable ASCII without semicolons.';
  }
  if (sameSite !== undefined && !sameSites.includes(sameSite)) {
    return `sameSite: expected ${sameSites.join(", ")}.`;
  }
  if (sameSite === "None" && secure !== true) {
    return "sameSite None needs secure: true.";
  }
  // User agents compare these without case.
  const prefix = /^__(?:secure|host)-/i.exec(name)?.[0].toLowerCase();
  if (prefix !== undefined && secure !== true) {
    return `its prefix needs secure: true.`;
  }
  if (prefix === "__host-" && (path !== "/" || domain !== undefined)) {
    return 'its prefix needs path: "/" and no domain.';
  }
  return undefined;
}

function isDate(value: unknown): boolean {
  const year = value instanceof Date ? value.getUTCFullYear() : NaN;
  return year >= 1601 && year <= 9999;
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestAttribute;
}
