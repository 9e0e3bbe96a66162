/** Headers of the Fetch standard, without a guard. */
import { defineGlobals } from "../globals.js";

type HeadersInit = Iterable<Iterable<unknown>> | Readonly<Record<string, unknown>>;

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A value after {@link byteString}: no NUL, CR or LF. */
const forbiddenInValue = /[\0\r\n]/;
const surroundingWhitespace = /^[\t\n\r ]+|[\t\n\r ]+$/g;

class Headers {
  /** By name in lower case; one entry for each value. */
  readonly #values = new Map<string, string[]>();

  constructor(init?: HeadersInit) {
    if (init === undefined) {
      return;
    }
    if ((typeof init !== "object" && typeof init !== "function") || init === null) {
      throw new TypeError("new Headers(…): expected pairs or an object.");
    }
    if (Symbol.iterator in init) {
      for (const pair of init) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length > 0) {
          throw new TypeError("new Headers(…): expected pairs of name and value.");
        }
        this.append(name, value);
      }
    } else {
      for (const [name, value] of Object.entries(init)) {
        this.append(name, value);
      }
    }
  }

  append(name: unknown, value: unknown): void {
    const key = headerName(name);
    const values = this.#values.get(key);
    const added = headerValue(value, key);
    if (values === undefined) {
      this.#values.set(key, [added]);
    } else {
      values.push(added);
    }
  }

  delete(name: unknown): void {
    this.#values.delete(headerName(name));
  }

  get(name: unknown): string | null {
    return this.#values.get(headerName(name))?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name: unknown): boolean {
    return this.#values.has(headerName(name));
  }

  set(name: unknown, value: unknown): void {
    const key = headerName(name);
    this.#values.set(key, [headerValue(value, key)]);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) {
      callback.call(self, value, name, this);
    }
  }

  *entries(): IterableIterator<[name: string, value: string]> {
    for (const name of [...this.#values.keys()].sort()) {
      if (name === "set-cookie") {
        for (const value of this.getSetCookie()) {
          yield [name, value];
        }
      } else {
        yield [name, this.#values.get(name)!.join(", ")];
      }
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this) {
      yield name;
    }
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this) {
      yield value;
    }
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.entries();
  }
}

function headerName(name: unknown): string {
  const text = String(name);
  if (!token.test(text)) {
    throw new TypeError(`${JSON.stringify(text)} is no header name.`);
  }
  return text.toLowerCase();
}

function headerValue(value: unknown, name: string): string {
  const text = byteString(String(value)).replace(surroundingWhitespace, "");
  // The value stays out of the message: it may be a secret.
  if (forbiddenInValue.test(text)) {
    throw new TypeError(`The value of the header ${name} has a forbidden character.`);
  }
  return text;
}

/** Web IDL's ByteString: every char is a byte. */
function byteString(text: string): string {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0xff) {
      throw new TypeError(`The char at ${index} is above U+00FF, which a header cannot carry.`);
    }
  }
  return text;
}

defineGlobals({ Headers });
