/** Header lists as policies see them. */
import { firstValue, joinedValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { bareObject } from "./bare-object.js";
import { editableName, removableName } from "./header-syntax.js";
import { hideFields } from "./opaque.js";

/**
 * Headers that can be read. Names are case-insensitive; repeated headers stay apart and in order; values are byte
 * strings (`byteStringToUtf8` reads one as UTF-8). Pseudo-headers are not listed: they are properties of the states.
 */
export abstract class ReadonlyHeaders implements Iterable<[name: string, value: string]> {
  /** The flat list, names in lower case; may begin with pseudo-headers. */
  protected abstract list(): HeaderList;

  /** Whether there is a header of that name. */
  has(name: string): boolean {
    return firstValue(this.list(), name.toLowerCase()) !== undefined;
  }

  /**
   * All values of that name joined by `", "`, as on the web, those of `cookie` by `"; "`; `null` when there is none. See `getAll`.
   */
  get(name: string): string | null {
    const values = this.getAll(name);
    return values.length === 0 ? null : joinedValue(name.toLowerCase(), values);
  }

  /** The values of that name, one for each header line, in order. The right way for `set-cookie`. */
  getAll(name: string): string[] {
    const list = this.list();
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] === wanted) {
        values.push(list[index + 1] as string);
      }
    }
    return values;
  }

  /** `getAll("set-cookie")`, under its web name. */
  getSetCookie(): string[] {
    return this.getAll("set-cookie");
  }

  /**
   * Name and value of every header line, in order, names in lower case. They are those of the moment when the first is taken: headers
   * may be changed meanwhile.
   */
  *entries(): Generator<[name: string, value: string], undefined> {
    const list = this.list().slice();
    for (let index = 0; index < list.length; index += 2) {
      const name = list[index] as string;
      if (!name.startsWith(":")) {
        yield [name, list[index + 1] as string];
      }
    }
  }

  /** The name of every header line, in order: repeated headers are repeated. */
  *keys(): Generator<string, undefined> {
    for (const [name] of this.entries()) {
      yield name;
    }
  }

  /** The value of every header line, in order. */
  *values(): Generator<string, undefined> {
    for (const [, value] of this.entries()) {
      yield value;
    }
  }

  /** The same as `entries()`: `for (const [name, value] of headers)`. */
  [Symbol.iterator](): Generator<[name: string, value: string], undefined> {
    return this.entries();
  }

  /** Calls `visit` for every header line, in order. */
  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this.entries()) {
      visit(value, name);
    }
  }
}

/** A list that does not change: trailers, an upstream's reply. */
export class FixedHeaders extends ReadonlyHeaders {
  private readonly fixed: HeaderList;

  constructor(list: HeaderList) {
    super();
    this.fixed = list;
  }

  protected override list(): HeaderList {
    return this.fixed;
  }
}

/** Where a message's headers live: the guest. Edits are kept there until the filter lets go of the head. */
export interface HeaderStore {
  /** A filter has been given the headers, and may keep them. */
  headersShown(): void;
  /** The list with all edits; throws `STATE_CONSUMED` after `sendResponse()`. */
  headerList(): HeaderList;
  /** The name in any case. */
  hasHeader(name: string): boolean;
  /** Each throws `STATE_CONSUMED`, naming `call`, where headers can no longer be changed. */
  setHeader(call: string, name: string, value: string): void;
  appendHeader(call: string, name: string, value: string): void;
  deleteHeader(call: string, name: string): void;
}

/**
 * The headers of a message. They can be changed until the filter moves on to the body (`intoBodyState()`,
 * `intoBodyStreamState()`) or answers; in the state of `intoHeadersBodyState()` until the filter ends. Reading stays
 * possible all exchange long.
 */
export class Headers extends ReadonlyHeaders {
  declare private store: HeaderStore;

  /**
   * The headers of a message, which is told that they are shown.
   * @internal
   */
  static of(store: HeaderStore): Headers {
    const headers = bareObject(Headers.prototype);
    headers.store = store;
    store.headersShown();
    return headers;
  }

  protected override list(): HeaderList {
    return this.store.headerList();
  }

  override has(name: string): boolean {
    return this.store.hasHeader(name);
  }

  /**
   * Replaces all values of that name by this one.
   * @throws SluiceError `HEADER_NAME`, `HEADER_VALUE`, `HEADER_FRAMING` for a field of framing or routing, `PSEUDO_HEADER`,
   *   `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  set(name: string, value: string): void {
    this.store.setHeader("headers.set()", editableName(name, value, "headers.set"), value);
  }

  /**
   * Adds a header line and keeps the others.
   * @throws SluiceError `HEADER_NAME`, `HEADER_VALUE`, `HEADER_FRAMING` for a field of framing or routing, `PSEUDO_HEADER`,
   *   `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  append(name: string, value: string): void {
    this.store.appendHeader("headers.append()", editableName(name, value, "headers.append"), value);
  }

  /**
   * Removes all header lines of that name; does nothing where there is none. Fields of framing and routing, such as
   * `content-length`, stay what the host makes of them: deleting one does nothing.
   * @throws SluiceError `HEADER_NAME`, `PSEUDO_HEADER`, `STATE_CONSUMED`, `EXCHANGE_OVER`
   */
  delete(name: string): void {
    const removable = removableName(name, "headers.delete");
    if (removable !== undefined) {
      this.store.deleteHeader("headers.delete()", removable);
    }
  }
}

hideFields(Headers);
