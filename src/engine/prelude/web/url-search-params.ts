/** URLSearchParams of the URL standard. */
import { defineGlobals } from "../globals.js";
import { parseForm, serializeForm } from "./form-urlencoded.js";
import {
  forEachPair,
  type Pair,
  pairIterators,
  pairsOf,
  pickName,
  pickPair,
  pickValue,
  required,
  usvString,
} from "./web-idl.js";

const URLSearchParamsIterator = pairIterators("URLSearchParams");

/** Given in place of an init by `URL`, whose query it then is. */
export class QueryOfUrl {
  /** Called with the query after each change of the parameters. */
  readonly changed: (query: string) => void;
  pairs: Pair[];

  constructor(query: string, changed: (query: string) => void) {
    this.pairs = parseForm(query);
    this.changed = changed;
  }
}

export class URLSearchParams {
  readonly #list: { pairs: Pair[]; changed?: (query: string) => void };
  readonly #pairs = (): readonly Pair[] => this.#list.pairs;

  constructor(init: unknown = "") {
    this.#list = init instanceof QueryOfUrl ? init : { pairs: initialPairs(init) };
  }

  get size(): number {
    return this.#list.pairs.length;
  }

  append(...args: [name: unknown, value: unknown]): void {
    const [name, value] = required(args, 2, "append()");
    this.#list.pairs.push([usvString(name), usvString(value)]);
    this.#update();
  }

  delete(...args: [name: unknown, value?: unknown]): void {
    const matches = matching(required(args, 1, "delete()"));
    this.#list.pairs = this.#list.pairs.filter((pair) => !matches(pair));
    this.#update();
  }

  get(...args: [name: unknown]): string | null {
    return this.#list.pairs.find(matching([required(args, 1, "get()")[0]]))?.[1] ?? null;
  }

  getAll(...args: [name: unknown]): string[] {
    return this.#list.pairs.filter(matching([required(args, 1, "getAll()")[0]])).map(pickValue);
  }

  has(...args: [name: unknown, value?: unknown]): boolean {
    return this.#list.pairs.some(matching(required(args, 1, "has()")));
  }

  set(...args: [name: unknown, value: unknown]): void {
    const [nameGiven, valueGiven] = required(args, 2, "set()");
    const [name, value] = [usvString(nameGiven), usvString(valueGiven)];
    const first = this.#list.pairs.findIndex((pair) => pair[0] === name);
    if (first === -1) {
      this.#list.pairs.push([name, value]);
    } else {
      this.#list.pairs[first] = [name, value];
      this.#list.pairs = this.#list.pairs.filter((pair, index) => index <= first || pair[0] !== name);
    }
    this.#update();
  }

  /** By code units; those of one name keep their order. */
  sort(): void {
    this.#list.pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#update();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
    forEachPair(this, this.#pairs, callback, self);
  }

  entries(): IterableIterator<[name: string, value: string]> {
    return new URLSearchParamsIterator(this.#pairs, pickPair);
  }

  keys(): IterableIterator<string> {
    return new URLSearchParamsIterator(this.#pairs, pickName);
  }

  values(): IterableIterator<string> {
    return new URLSearchParamsIterator(this.#pairs, pickValue);
  }

  toString(): string {
    return serializeForm(this.#list.pairs);
  }

  #update(): void {
    this.#list.changed?.(serializeForm(this.#list.pairs));
  }
}

Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  // oxlint-disable-next-line typescript/unbound-method -- the web's is the same function, too
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});

/** Whether a pair has that name and, where one is given, that value. */
function matching([name, value]: [name: unknown, value?: unknown]): (pair: Pair) => boolean {
  const nameText = usvString(name);
  const valueText = value === undefined ? undefined : usvString(value);
  return (pair) => pair[0] === nameText && (valueText === undefined || pair[1] === valueText);
}

function initialPairs(init: unknown): Pair[] {
  if ((typeof init === "object" || typeof init === "function") && init !== null) {
    return pairsOf(init, usvString);
  }
  const text = usvString(init);
  return parseForm(text.startsWith("?") ? text.slice(1) : text);
}

defineGlobals({ URLSearchParams });
