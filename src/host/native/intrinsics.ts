/**
 * The language's objects, which the policies of a process share with each other and with it. In a module of several policies they are
 * read-only. Here they cannot be: other code of the process may change them. So what a policy's code has done to them is taken back.
 */
import { languageGlobals, webApiGlobals } from "../../abi/globals.js";

type Members = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/**
 * Runs code. What it changes of the language's objects and the web APIs, or adds to them, is as it was before when it has ended: the names of
 * that.
 */
export function keepingIntrinsics(run: () => void): readonly string[] {
  const before = [...intrinsics()].map(([object, name]) => ({ object, name, members: membersOf(object) }));
  let changed: readonly string[];
  try {
    run();
  } finally {
    changed = before.flatMap(({ object, name, members }) =>
      takeBack(object, members).map((key) => memberName(name, key)),
    );
  }
  return changed;
}

function membersOf(object: object): Members {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Reflect.getOwnPropertyDescriptor(object, key) as PropertyDescriptor]),
  );
}

function takeBack(object: object, before: Members): PropertyKey[] {
  const now = membersOf(object);
  const added = [...now.keys()].filter((key) => !before.has(key));
  const changed = [...before].filter(([key, descriptor]) => !isSame(descriptor, now.get(key)));
  for (const key of added) {
    Reflect.deleteProperty(object, key);
  }
  for (const [key, descriptor] of changed) {
    Reflect.defineProperty(object, key, descriptor);
  }
  return [...added, ...changed.map(([key]) => key)];
}

function isSame(one: PropertyDescriptor, other: PropertyDescriptor | undefined): boolean {
  return Object.is(one.value, other?.value) && one.get === other?.get && one.set === other?.set;
}

function memberName(name: string, key: PropertyKey): string {
  return typeof key === "symbol" ? `${name}[${key.description ?? ""}]` : `${name}.${String(key)}`;
}

let found: ReadonlyMap<object, string> | undefined;

/** All objects that the globals lead to by their members and prototypes, and those behind syntax. Found when the first policy is loaded. */
function intrinsics(): ReadonlyMap<object, string> {
  found ??= findFrom([
    ...[...languageGlobals, ...webApiGlobals].map(
      (name) => [name, (globalThis as Record<string, unknown>)[name]] as const,
    ),
    ...behindSyntax().map((value) => ["what syntax makes", value] as const),
  ]);
  return found;
}

function behindSyntax(): unknown[] {
  const text = "";
  return [
    ...[[], text, new Map(), new Set()].map((iterable: Iterable<unknown>) => iterable[Symbol.iterator]()),
    ...[text.matchAll(/(?:)/g), function* () {}, async () => undefined, async function* () {}],
  ].map((value: object) => Reflect.getPrototypeOf(value));
}

/** The nearest name of each. */
function findFrom(globals: readonly (readonly [name: string, value: unknown])[]): ReadonlyMap<object, string> {
  const names = new Map<object, string>();
  const waiting = [...globals];
  for (const [name, value] of waiting) {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject || value === globalThis || names.has(value)) {
      continue;
    }
    names.set(value, name);
    for (const [key, descriptor] of membersOf(value)) {
      for (const member of Object.values(descriptor)) {
        waiting.push([memberName(name, key), member]);
      }
    }
    waiting.push([`the prototype of ${name}`, Reflect.getPrototypeOf(value)]);
  }
  return names;
}
