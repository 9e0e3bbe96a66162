/**
 * The globals of a policy that runs as plain JavaScript: those that it has in a module, in place of this process's own.
 *
 * Its code runs in the main realm, where debuggers follow it and values are of the host's types, so the globals are bound around it:
 * bare names as parameters of a function, which cost no more than variables do, and `globalThis` as an object of its own. That is no
 * wall: `(() => {}).constructor` is still Node's `Function`. It makes code find natively what it finds in a module, and nothing else.
 */
import { languageGlobals, webApiGlobals } from "../../abi/globals.js";
import "./base64.js";
import { PolicyTextDecoder } from "./policy-text-decoder.js";

export interface PolicyWorld {
  readonly globalThis: object;
  /** The values of `boundNames`. */
  readonly values: readonly unknown[];
  /** From now on what the policy does to its `globalThis` is seen by bare names: `scope` has their values, in that order. */
  bind(scope: ArrayLike<unknown>): void;
}

/** @param replaced what the policy finds in place of this process's globals of that name, such as a test's `Date` */
export function createPolicyWorld(replaced: Readonly<Record<string, unknown>>): PolicyWorld {
  const target: Record<string, unknown> = {};
  let bound: Record<number, unknown> | undefined;
  const follow = (key: string | symbol, done: boolean): boolean => {
    const place = places.get(key);
    if (done && place !== undefined && bound !== undefined) {
      bound[place] = Reflect.get(target, key);
    }
    return done;
  };
  const world = new Proxy(target, {
    defineProperty: (object, key, descriptor) => follow(key, Reflect.defineProperty(object, key, descriptor)),
    deleteProperty: (object, key) => follow(key, Reflect.deleteProperty(object, key)),
  });
  const own = { performance: clock, TextDecoder: PolicyTextDecoder, globalThis: world };
  const globals: Readonly<Record<string, unknown>> = { ...valuesHere, ...own, ...replaced };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(target, name, { value, writable: !constants.includes(name), configurable: true });
  }
  return {
    globalThis: world,
    values: boundNames.map((name) => target[name]),
    bind: (scope) => {
      bound = scope;
    },
  };
}

/** Bare, they are literals. */
const constants = ["undefined", "NaN", "Infinity"];

/** What the policy's bundle brings itself: the kit's. Node's would call back unguarded, or on a clock of their own. */
const kits = [
  "AbortController",
  "AbortSignal",
  "Response",
  "clearTimeout",
  "console",
  "eval",
  "queueMicrotask",
  "setTimeout",
];

const available: readonly string[] = [...languageGlobals, ...webApiGlobals, "eval"];

const valuesHere: Readonly<Record<string, unknown>> = Object.fromEntries(
  available.filter((name) => !kits.includes(name)).map((name) => [name, (globalThis as Record<string, unknown>)[name]]),
);

/** The names that are bound around a policy's code: all that mean something here. The same ones each time, for code that is compiled once. */
export const boundNames: readonly string[] = [
  ...new Set([...available, ...Object.getOwnPropertyNames(globalThis)]),
].filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && !constants.includes(name));

const places: ReadonlyMap<string | symbol, number> = new Map(boundNames.map((name, index) => [name, index]));

/** `performance` as a module has it. */
const clock: Pick<typeof performance, "now" | "timeOrigin"> = {
  now: () => performance.now(),
  timeOrigin: performance.timeOrigin,
};
