/** Headers of the Fetch standard, without a guard. */
import { trimmed } from "../../../abi/trimmed.js";
import { defineGlobals } from "../globals.js";
import {
  byteString,
  forEachPair,
  type Pair,
  pairIterators,
  pairsOf,
  pickName,
  pickPair,
  pickValue,
  required,
} from "./web-idl.js";

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A value that is bytes: no NUL, CR or LF. */
const forbiddenInValue = /[\0\r\n]/;
const isWhitespace = (char: string): boolean => char === " " || char === "\t" || char === "\n" || char === "\r";

const HeadersIterator = pairIterators("Headers");

class Headers {
  /** By name in lower case; one entry for each value. */
  readonly #values = new Map<string, string[]>();
  /** What iterators see, until the next change. */
  #sorted: readonly Pair[] | undefined;
  readonly #pairs = (): readonly Pair[] => (this.#sorted ??= sortedAndCombined(this.#values));

  constructor(init?: unknown) {
    if (init === undefined) {
      return;
    }
    if ((typeof init !== "object" && typeof init !== "function") || init === null) {
      throw new TypeError("new Headers(…): expected pairs or an object.");
    }
    for (const [name, value] of pairsOf(init, byteString)) {
      this.append(name, value);
    }
  }

  append(...args: [name: unknown, value: unknown]): void {
    const [key, added] = line(required(args, 2, "append()"));
    const values = this.#values.get(key);
    this.#sorted = undefined;
    if (values === undefined) {
      this.#values.set(key, [added]);
    } else {
      values.push(added);
    }
  }

  delete(...args: [name: unknown]): void {
    this.#values.delete(headerName(required(args, 1, "delete()")[0]));
    this.#sorted = undefined;
  }

  get(...args: [name: unknown]): string | null {
    const name = headerName(required(args, 1, "get()")[0]);
    const values = this.#values.get(name);
    return values === undefined ? null : combined(name, values);
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(...args: [name: unknown]): boolean {
    return this.#values.has(headerName(required(args, 1, "has()")[0]));
  }

  set(...args: [name: unknown, value: unknown]): void {
    const [key, value] = line(required(args, 2, "set()"));
    this.#values.set(key, [value]);
    this.#sorted = undefined;
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    forEachPair(this, this.#pairs, callback, self);
  }

  entries(): IterableIterator<[name: string, value: string]> {
    return new HeadersIterator(this.#pairs, pickPair);
  }

  keys(): IterableIterator<string> {
    return new HeadersIterator(this.#pairs, pickName);
  }

  values(): IterableIterator<string> {
    return new HeadersIterator(this.#pairs, pickValue);
  }
}

Object.defineProperty(Headers.prototype, Symbol.iterator, {
  // oxlint-disable-next-line typescript/unbound-method -- the web's is the same function, too
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});

/** "Sort and combine": `Set-Cookie` has an entry for each of its values. */
function sortedAndCombined(values: ReadonlyMap<string, readonly string[]>): Pair[] {
  return [...values.keys()].sort().flatMap((name): Pair[] => {
    const own = values.get(name)!;
    return name === "set-cookie" ? own.map((value) => [name, value]) : [[name, combined(name, own)]];
  });
}

/** A cookie header's by `; `: RFC 9113, section 8.2.3. Node does so, too; the Fetch standard would have commas. */
function combined(name: string, values: readonly string[]): string {
  return values.join(name === "cookie" ? "; " : ", ");
}

/** Both are converted before either is looked at. */
function line([name, value]: [name: unknown, value: unknown]): [name: string, value: string] {
  const [nameText, valueText] = [byteString(name), byteString(value)];
  const key = headerName(nameText);
  const normalized = trimmed(valueText, isWhitespace);
  // The value stays out of the message: it may be a secret.
  if (forbiddenInValue.test(normalized)) {
    throw new TypeError(`The value of the header ${key} has a forbidden character.`);
  }
  return [key, normalized];
}

function headerName(name: unknown): string {
  const text = byteString(name);
  if (!token.test(text)) {
    throw new TypeError(`${JSON.stringify(text)} is no header name.`);
  }
  return text.toLowerCase();
}

defineGlobals({ Headers });
