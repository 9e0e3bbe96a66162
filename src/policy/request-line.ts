/** The request line as the states of a request show it. */
import { checkedPath } from "./header-syntax.js";

/** The request line, as far as it can be read in every state, all exchange long. */
export interface RequestLine {
  /** `GET`, `POST` … */
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Host and port as the client sent them. */
  readonly authority: string;
  /**
   * The request target: path **and query**, normalised by the gateway (RFC 9110 section 7.1). `path === "/admin"` is false for
   * `/admin?x`: compare `pathname`.
   */
  readonly path: string;
  /** The path without its query, as sent: percent-encodings stay. */
  readonly pathname: string;
  /** The query with its `?`; empty where there is none, and for a lone `?`. */
  readonly search: string;
}

const members = [
  "method",
  "scheme",
  "authority",
  "path",
  "pathname",
  "search",
] as const satisfies (keyof RequestLine)[];

interface RequestLineClass {
  readonly prototype: RequestLine;
}

/** Gives states that only `declare` the members of a request line those of `full`, to read. Functions of their own take room in modules. */
export function takeRequestLine(full: RequestLineClass, ...states: readonly RequestLineClass[]): void {
  for (const { prototype } of states) {
    copyMembers(full, prototype);
  }
}

/** The same, to change, too. */
export function editRequestLine(full: RequestLineClass, { prototype }: RequestLineClass): void {
  copyMembers(full, prototype, true);
}

function copyMembers(full: RequestLineClass, prototype: RequestLine, withSetters = false): void {
  for (const name of members) {
    const { set, ...reading } = { ...Object.getOwnPropertyDescriptor(full.prototype, name) };
    Object.defineProperty(prototype, name, withSetters && set !== undefined ? { ...reading, set } : reading);
  }
}

export function pathnameOf(path: string): string {
  const mark = path.indexOf("?");
  return mark < 0 ? path : path.slice(0, mark);
}

export function searchOf(path: string): string {
  const mark = path.indexOf("?");
  return mark < 0 || mark === path.length - 1 ? "" : path.slice(mark);
}

/** `path` with another path and the same query. What would begin a query or a fragment is encoded, as in a `URL`. */
export function withPathname(path: string, pathname: string): string {
  const mark = path.indexOf("?");
  return checkedPath(encodedMarks(pathname, /[?#]/g), "pathname =") + (mark < 0 ? "" : path.slice(mark));
}

/** `path` with another query, given with or without its `?`; an empty one goes. */
export function withSearch(path: string, search: string): string {
  const query = encodedMarks(search, /#/g);
  const pathname = pathnameOf(path);
  if (query === "" || query === "?") {
    return pathname;
  }
  return checkedPath(`${pathname}${query.startsWith("?") ? "" : "?"}${query}`, "search =");
}

function encodedMarks(text: string, marks: RegExp): string {
  return text.replace(marks, (mark) => (mark === "?" ? "%3F" : "%23"));
}
