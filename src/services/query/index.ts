/** `sluice/query`: the parameters of a request's query. */
import { pathnameOf } from "../../policy/request-line.js";
import { UrlEncodedList } from "./url-encoding.js";

/**
 * A query's parameters, to read, as a `URLSearchParams` of the same query has them (URL standard section 5): a `+` is a space, what is no
 * percent-encoding stays, bytes that are not UTF-8 become U+FFFD, and names are compared decoded and with their case. Each call reads the
 * path as it is then, in a time that grows with its length.
 */
export interface ReadonlyQuery extends Iterable<[name: string, value: string]> {
  /** The first value of that name; "" for one without `=`, `null` where there is none. */
  get(name: string): string | null;
  /** All values of that name, in order. */
  getAll(name: string): string[];
  /** Whether there is a parameter of that name and, where one is given, that value. */
  has(name: string, value?: string): boolean;
  /** Name and value of every parameter, in order, as they are when the first is taken: parameters may be edited meanwhile. */
  [Symbol.iterator](): Generator<[name: string, value: string], undefined>;
  /** The query as it is written, without its `?`. */
  toString(): string;
}

/**
 * A query's parameters, to read and edit. An edit is one of `path`: all parameters but those that it is about keep every byte, and what it
 * writes is encoded as `URLSearchParams` does (a space is a `+`). The route stays the one that was matched.
 */
export interface Query extends ReadonlyQuery {
  /**
   * Puts this value in the place of the first of that name and removes the others; adds it at the end where there is none.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`, as assigning to `path` does
   */
  set(name: string, value: string): void;
  /**
   * Adds a parameter at the end and keeps the others.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`, as assigning to `path` does
   */
  append(name: string, value: string): void;
  /**
   * Removes all parameters of that name and, where one is given, that value. With the last parameter the `?` goes.
   * @throws SluiceError `STATE_CONSUMED`, `EXCHANGE_OVER`, as assigning to `path` does
   */
  delete(name: string, value?: string): void;
}

/** `Query` for what has a `path` that can be assigned to, else `ReadonlyQuery`. */
export type QueryOf<Target extends { readonly path: string }> = Target extends unknown
  ? "path" extends WritableKeys<Target>
    ? Query
    : ReadonlyQuery
  : never;

/** The members that are not `readonly`. Types are the same only with the same modifiers, where functions are generic. */
type WritableKeys<T> = {
  [P in keyof T]-?: IsSame<{ [Q in P]: T[P] }, { -readonly [Q in P]: T[P] }> extends true ? P : never;
}[keyof T];
type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * The query of a request: of what a filter is given, of the states that it moves on to, or of anything else that has a `path`, such as
 * the target of a call in the making. Where `path` is read-only, so is the query.
 *
 * @param target its `path` is path and query, a byte string as headers are
 * @example query(request).delete("access_token");
 */
export function query<Target extends { readonly path: string }>(target: Target): QueryOf<Target> {
  return new QueryList(target) as unknown as QueryOf<Target>;
}

class QueryList extends UrlEncodedList implements Query {
  private readonly target: { path: string };

  constructor(target: { path: string }) {
    super();
    this.target = target;
  }

  protected override read(): string {
    const { path } = this.target;
    const mark = path.indexOf("?");
    return mark < 0 ? "" : path.slice(mark + 1);
  }

  protected override replace(text: string): void {
    const pathname = pathnameOf(this.target.path);
    this.target.path = text === "" ? pathname : `${pathname}?${text}`;
  }
}
