/** URLSearchParams of the URL standard: Web IDL's conversions around the implementation in `whatwg-url`. */
import { implementation } from "whatwg-url/lib/URLSearchParams-impl.js";
import { usvString } from "./usv-string.js";

type Init = Iterable<Iterable<unknown>> | Readonly<Record<string, unknown>> | string;

/** Given in place of an init by `URL`, whose query it then is. */
const existing = Symbol("existing");

export class URLSearchParams {
  readonly #params: implementation;

  constructor(init: Init = "", key?: symbol) {
    this.#params =
      key === existing ? (init as unknown as implementation) : new implementation({}, [converted(init)], {});
  }

  get size(): number {
    return this.#params.size;
  }

  append(name: unknown, value: unknown): void {
    this.#params.append(usvString(name), usvString(value));
  }

  delete(name: unknown, value?: unknown): void {
    this.#params.delete(usvString(name), value === undefined ? undefined : usvString(value));
  }

  get(name: unknown): string | null {
    return this.#params.get(usvString(name));
  }

  getAll(name: unknown): string[] {
    return this.#params.getAll(usvString(name));
  }

  has(name: unknown, value?: unknown): boolean {
    return this.#params.has(usvString(name), value === undefined ? undefined : usvString(value));
  }

  set(name: unknown, value: unknown): void {
    this.#params.set(usvString(name), usvString(value));
  }

  sort(): void {
    this.#params.sort();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
    for (const [name, value] of this) {
      callback.call(self, value, name, this);
    }
  }

  *entries(): IterableIterator<[name: string, value: string]> {
    for (const [name, value] of this.#params) {
      yield [name, value];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#params) {
      yield name;
    }
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#params) {
      yield value;
    }
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.entries();
  }

  toString(): string {
    return this.#params.toString();
  }
}

/** The parameters of a URL, which change with it and it with them. */
export function searchParamsOf(params: implementation): URLSearchParams {
  return new URLSearchParams(params, existing);
}

/** What the implementation takes: pairs as an array, records without prototype, everything else as text. */
function converted(init: unknown): string[][] | Record<string, string> | string {
  if (typeof init !== "object" || init === null) {
    return usvString(init);
  }
  if (Symbol.iterator in init) {
    return Array.from(init as Iterable<Iterable<unknown>>, (pair) => {
      if (typeof pair !== "object" || pair === null) {
        throw new TypeError("new URLSearchParams(…): expected pairs of name and value.");
      }
      return Array.from(pair, usvString);
    });
  }
  const record = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(init)) {
    record[usvString(name)] = usvString(value);
  }
  return record;
}
