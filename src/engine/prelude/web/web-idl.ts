/** Conversions and iterators of the Web IDL standard, as far as the web APIs here need them. */
import { enumerateMembers, nameClass } from "../globals.js";

export type Pair = readonly [name: string, value: string];

/** DOMString. Unlike `String()` it throws for a symbol. */
export function domString(value: unknown): string {
  return "".concat(value as string);
}

/** USVString: lone surrogates become U+FFFD. */
export function usvString(value: unknown): string {
  return (domString(value) as string & { toWellFormed(): string }).toWellFormed();
}

/** ByteString: every char is a byte. */
export function byteString(value: unknown): string {
  const text = domString(value);
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0xff) {
      throw new TypeError(`The char at ${index} is above U+00FF, which a header cannot carry.`);
    }
  }
  return text;
}

/** A sequence, of anything. `what` names it in the error. */
export function sequence(value: unknown, what: string): unknown[] {
  if (
    typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== "function" ||
    typeof value === "string"
  ) {
    throw new TypeError(`${what}: expected an array, or another object that can be iterated.`);
  }
  return Array.from(value as Iterable<unknown>);
}

/** One of an enumeration's strings. */
export function enumerated<Name extends string>(value: unknown, names: readonly Name[], what: string): Name {
  const text = domString(value) as Name;
  if (!names.includes(text)) {
    throw new TypeError(`${what}: ${JSON.stringify(text)} is none of ${names.join(", ")}.`);
  }
  return text;
}

/** `[EnforceRange] unsigned long`. */
export function enforcedUnsignedLong(value: unknown, what: string): number {
  const number = Math.trunc(Number(value));
  if (!(number >= 0 && number <= 0xffff_ffff)) {
    throw new TypeError(`${what}: expected a number from 0 to 4294967295.`);
  }
  return number;
}

/** The object, when it is one of the interface: its methods do nothing for others. */
export function brandChecked(object: unknown, type: abstract new (...args: never[]) => object): void {
  if (!(object instanceof type)) {
    throw new TypeError(`Called without its ${type.name}: a method of one cannot be taken away from it.`);
  }
}

/** The arguments, when they are as many as the operation needs. */
export function required<Arguments extends readonly unknown[]>(
  args: Arguments,
  count: number,
  operation: string,
): Arguments {
  if (args.length < count) {
    throw new TypeError(`${operation}: expected ${count} argument${count === 1 ? "" : "s"}, got ${args.length}.`);
  }
  return args;
}

/** A dictionary: undefined and null are an empty one. */
export function dictionary(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) {
    return {};
  }
  if (typeof value !== "object" && typeof value !== "function") {
    throw new TypeError("Expected an object of options.");
  }
  return value as Record<string, unknown>;
}

/** A sequence of sequences, or a record, of strings: what lists of pairs are made from. Each sequence must be a pair. */
export function pairsOf(init: object, convert: (value: unknown) => string): Pair[] {
  const method = (init as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (method === undefined || method === null) {
    return recordPairs(init, convert);
  }
  // The method is asked for once, which getters can tell.
  const sequence = { [Symbol.iterator]: () => method.call(init as Iterable<unknown>) };
  return Array.from(sequence, (item) => {
    if ((typeof item !== "object" && typeof item !== "function") || item === null) {
      throw new TypeError("Expected pairs of name and value.");
    }
    return Array.from(item as Iterable<unknown>, convert);
  }).map((pair) => {
    if (pair.length !== 2) {
      throw new TypeError(`Expected pairs of name and value, got ${pair.length} values.`);
    }
    return pair as [string, string];
  });
}

/** By name after its conversion: two that become the same are one, at the place of the first. */
function recordPairs(init: object, convert: (value: unknown) => string): Pair[] {
  const pairs = new Map<string, string>();
  for (const key of Reflect.ownKeys(init)) {
    if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable === true) {
      const name = convert(key);
      pairs.set(name, convert((init as Record<string | symbol, unknown>)[key]));
    }
  }
  return [...pairs];
}

/** Of all iterators of the language and of Web IDL. */
export const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;

type PairIterators = new <Item>(pairs: () => readonly Pair[], pick: (pair: Pair) => Item) => IterableIterator<Item>;

/** The class of an interface's iterators. Each step looks at the pairs as they are then, by an index of its own. */
export function pairIterators(interfaceName: string): PairIterators {
  class PairIterator<Item> {
    readonly #pairs: () => readonly Pair[];
    readonly #pick: (pair: Pair) => Item;
    #index = 0;

    constructor(pairs: () => readonly Pair[], pick: (pair: Pair) => Item) {
      this.#pairs = pairs;
      this.#pick = pick;
    }

    next(): IteratorResult<Item> {
      const pair = this.#pairs()[this.#index];
      if (pair === undefined) {
        return { value: undefined, done: true };
      }
      this.#index++;
      return { value: this.#pick(pair), done: false };
    }
  }
  enumerateMembers(PairIterator.prototype);
  nameClass(PairIterator, `${interfaceName} Iterator`);
  Object.setPrototypeOf(PairIterator.prototype, iteratorPrototype);
  // Its prototype has it.
  return PairIterator as unknown as PairIterators;
}

export const pickPair = ([name, value]: Pair): [name: string, value: string] => [name, value];
export const pickName = ([name]: Pair): string => name;
export const pickValue = ([, value]: Pair): string => value;

/** `forEach` of an interface with pairs: it, too, looks at them as they are at each step. */
export function forEachPair<Owner>(
  owner: Owner,
  pairs: () => readonly Pair[],
  callback: (value: string, name: string, owner: Owner) => void,
  self: unknown,
): void {
  if (typeof callback !== "function") {
    throw new TypeError("forEach(): expected a function.");
  }
  for (let index = 0, pair = pairs()[0]; pair !== undefined; pair = pairs()[++index]) {
    callback.call(self, pair[1], pair[0], owner);
  }
}
