/**
 * The language's objects, which the policies of a process share with each other and with it. In a module of several policies they are
 * read-only. Here they cannot be: other code of the process may change them. So what a policy's code has done to them is taken back.
 */
import { languageGlobals, webApiGlobals } from "../../abi/globals.js";

/** One of them, and the members that it had when it was last looked at. */
interface Known {
  readonly object: object;
  readonly name: string;
  keys: readonly PropertyKey[];
  descriptors: readonly PropertyDescriptor[];
}

/**
 * Runs code. What it changes of the language's objects and the web APIs, or adds to them, is as it was before when it has ended: the names of
 * that.
 */
export function keepingIntrinsics(run: () => void): readonly string[] {
  // Some thousand members are looked at twice for each policy that is started: nothing is copied while they stay the same.
  for (const known of intrinsics()) {
    if (!isUnchanged(known)) {
      Object.assign(known, membersOf(known.object));
    }
  }
  let changed: readonly string[];
  try {
    run();
  } finally {
    changed = intrinsics().flatMap((known) =>
      isUnchanged(known) ? [] : takeBack(known).map((key) => memberName(known.name, key)),
    );
  }
  return changed;
}

function membersOf(object: object): Pick<Known, "keys" | "descriptors"> {
  const keys = Reflect.ownKeys(object);
  return { keys, descriptors: keys.map((key) => Reflect.getOwnPropertyDescriptor(object, key) as PropertyDescriptor) };
}

function isUnchanged({ object, keys, descriptors }: Known): boolean {
  const now = Reflect.ownKeys(object);
  if (now.length !== keys.length) {
    return false;
  }
  for (let index = 0; index < now.length; index++) {
    const key = now[index]!;
    if (key !== keys[index] || !isSame(descriptors[index]!, Reflect.getOwnPropertyDescriptor(object, key))) {
      return false;
    }
  }
  return true;
}

function takeBack({ object, keys, descriptors }: Known): PropertyKey[] {
  const added = Reflect.ownKeys(object).filter((key) => !keys.includes(key));
  const changed = keys.flatMap((key, index) => {
    const descriptor = descriptors[index]!;
    return isSame(descriptor, Reflect.getOwnPropertyDescriptor(object, key)) ? [] : [{ key, descriptor }];
  });
  for (const key of added) {
    Reflect.deleteProperty(object, key);
  }
  for (const { key, descriptor } of changed) {
    Reflect.defineProperty(object, key, descriptor);
  }
  return [...added, ...changed.map(({ key }) => key)];
}

function isSame(one: PropertyDescriptor, other: PropertyDescriptor | undefined): boolean {
  return Object.is(one.value, other?.value) && one.get === other?.get && one.set === other?.set;
}

function memberName(name: string, key: PropertyKey): string {
  return typeof key === "symbol" ? `${name}[${key.description ?? ""}]` : `${name}.${String(key)}`;
}

let found: readonly Known[] | undefined;

/** All objects that the globals lead to by their members and prototypes, and those behind syntax. Found when the first policy is loaded. */
function intrinsics(): readonly Known[] {
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

/** With the nearest name of each. */
function findFrom(globals: readonly (readonly [name: string, value: unknown])[]): readonly Known[] {
  const all = new Map<object, Known>();
  const waiting = [...globals];
  for (const [name, value] of waiting) {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject || value === globalThis || all.has(value)) {
      continue;
    }
    const members = membersOf(value);
    all.set(value, { object: value, name, ...members });
    for (const [index, key] of members.keys.entries()) {
      for (const member of Object.values(members.descriptors[index]!)) {
        waiting.push([memberName(name, key), member]);
      }
    }
    waiting.push([`the prototype of ${name}`, Reflect.getPrototypeOf(value)]);
  }
  return [...all.values()];
}
