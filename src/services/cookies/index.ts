/** `sluice/cookies`: the cookies of a request, and those that a response sets. */
import { trimmed } from "../../abi/trimmed.js";
import type { Headers, ReadonlyHeaders } from "../../policy/headers.js";
import { PartList } from "../query/part-list.js";
import { cookiePair } from "./cookie-syntax.js";

export { type SetCookieAttributes, setCookieString } from "./set-cookie.js";

/**
 * A request's cookies, to read: the pairs of its `cookie` header, of all its lines (RFC 6265bis sections 4.2 and 5.8.3, RFC 9113 section
 * 8.2.3). Names are compared with their case. Values are byte strings as they were sent: nothing is decoded, and the quotes of a quoted
 * value are part of it. What has no `=` is the value of a cookie whose name is "", as user agents mean it. Each call reads the headers as
 * they are then, in a time that grows with their length.
 */
export interface ReadonlyCookies extends Iterable<[name: string, value: string]> {
  /** The value of the first cookie of that name, which is the one with the most exact path; `null` where there is none. */
  get(name: string): string | null;
  /** The values of all cookies of that name, in order. */
  getAll(name: string): string[];
  /** Whether there is a cookie of that name and, where one is given, that value. */
  has(name: string, value?: string): boolean;
  /** Name and value of every cookie, in order, as they are when the first is taken: cookies may be edited meanwhile. */
  [Symbol.iterator](): Generator<[name: string, value: string], undefined>;
}

/**
 * A request's cookies, to read and edit: what the upstream gets. Several `cookie` lines become one when they are edited; all cookies but
 * those that an edit is about keep every byte.
 */
export interface Cookies extends ReadonlyCookies {
  /**
   * Puts this value in the place of the first cookie of that name and removes the others; adds it at the end where there is none.
   * @throws SluiceError `COOKIE_SYNTAX` for what cannot be sent (RFC 6265bis section 4.1.1), `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  set(name: string, value: string): void;
  /**
   * Removes all cookies of that name and, where one is given, that value. With the last cookie the header goes.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  delete(name: string, value?: string): void;
}

/**
 * The cookies of a request: of what a filter is given, and of the states that it moves on to. Where the headers are read-only, so are
 * the cookies.
 *
 * @example const session = cookies(request).get("sid");
 */
export function cookies(request: { readonly headers: Headers }): Cookies;
export function cookies(request: { readonly headers: ReadonlyHeaders }): ReadonlyCookies;
export function cookies(request: { readonly headers: ReadonlyHeaders }): ReadonlyCookies {
  return new CookieList(request as { readonly headers: Headers });
}

class CookieList extends PartList implements Cookies {
  private readonly request: { readonly headers: Headers };

  constructor(request: { readonly headers: Headers }) {
    super();
    this.request = request;
  }

  protected override parts(): string[] {
    return this.request.headers.getAll("cookie").flatMap((line) => line.split(";"));
  }

  protected override write(parts: readonly string[]): void {
    const { headers } = this.request;
    const left = parts.map((part) => trimmed(part, isSpace)).filter((part) => part !== "");
    if (left.length === 0) {
      headers.delete("cookie");
    } else {
      headers.set("cookie", left.join("; "));
    }
  }

  protected override isEmpty(part: string): boolean {
    return trimmed(part, isSpace) === "";
  }

  protected override nameOf(part: string): string {
    const equals = part.indexOf("=");
    return equals < 0 ? "" : trimmed(part.slice(0, equals), isSpace);
  }

  protected override valueOf(part: string): string {
    return trimmed(part.slice(part.indexOf("=") + 1), isSpace);
  }

  protected override partOf(name: string, value: string, call: string): string {
    return cookiePair(name, value, `cookies(request).${call}`);
  }

  protected override comparable(text: string): string {
    return text;
  }
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t";
}
