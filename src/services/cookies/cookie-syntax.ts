/** What cookies are made of: RFC 6265bis section 4.1.1. */
import { SluiceError } from "../../errors.js";

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const octets = /^(?:[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*|"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")$/;

/**
 * `name=value`; throws `COOKIE_SYNTAX` without quoting the value, which may be a secret.
 *
 * @param call is named in the message
 */
export function cookiePair(name: string, value: string, call: string): string {
  if (typeof name !== "string" || !token.test(name)) {
    throw new SluiceError(
      "COOKIE_SYNTAX",
      `${call}: expected a cookie's name of letters, digits and !#$%&'*+-.^_\`|~, got ${typeof name === "string" ? JSON.stringify(name) : typeof name}.`,
    );
  }
  if (typeof value !== "string" || !octets.test(value)) {
    const got = typeof value === "string" ? `a value that holds ${firstWrong(value)}` : typeof value;
    throw new SluiceError(
      "COOKIE_SYNTAX",
      `${call}: cookie ${name}: expected printable ASCII without spaces, quotes, commas, semicolons and backslashes, got ${got}. Encode it, e.g. with encodeURIComponent(text).`,
    );
  }
  return `${name}=${value}`;
}

function firstWrong(value: string): string {
  const code = /[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/.exec(value)![0].charCodeAt(0);
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
