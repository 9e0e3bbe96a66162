/** structuredClone of the HTML standard, without `transfer`: there is nobody to transfer to. */
import { defineGlobals } from "../globals.js";
import { dictionary, iteratorPrototype, required, sequence } from "./web-idl.js";

/** What has been cloned so far, by its original: cycles and shared parts stay what they are. */
type Memory = Map<object, object>;

const errorTypes: Readonly<Record<string, new (message?: string) => Error>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function structuredClone(...args: [value: unknown, options?: unknown]): unknown {
  const [value, options] = required(args, 1, "structuredClone()");
  const { transfer = [] } = dictionary(options);
  if (sequence(transfer, "transfer").length > 0) {
    throw notCloneable("structuredClone() transfers nothing here.");
  }
  return clone(value, new Map());
}

function clone(value: unknown, memory: Memory): unknown {
  if (typeof value === "symbol" || typeof value === "function") {
    throw notCloneable(`A ${typeof value} cannot be cloned.`);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return memory.get(value) ?? cloneObject(value, memory);
}

function cloneObject(value: object, memory: Memory): object {
  const remember = <T extends object>(copy: T): T => {
    memory.set(value, copy);
    return copy;
  };
  const leaf = cloneLeaf(value, memory);
  if (leaf !== undefined) {
    return remember(leaf);
  }
  if (value instanceof Map) {
    const copy = remember(new Map());
    for (const [key, item] of [...(value as Map<unknown, unknown>)]) {
      copy.set(clone(key, memory), clone(item, memory));
    }
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set());
    for (const item of [...(value as Set<unknown>)]) {
      copy.add(clone(item, memory));
    }
    return copy;
  }
  if (value instanceof Error) {
    return cloneError(value, memory);
  }
  const type = uncloneable.find((candidate) => value instanceof candidate);
  if (type !== undefined) {
    throw notCloneable(`A ${type.name} cannot be cloned.`);
  }
  if (Object.prototype.isPrototypeOf.call(iteratorPrototype, value)) {
    throw notCloneable("An iterator cannot be cloned.");
  }
  const copy = remember<object>(Array.isArray(value) ? new Array<unknown>(value.length) : {});
  for (const key of Object.keys(value)) {
    define(copy, key, clone((value as Record<string, unknown>)[key], memory));
  }
  return copy;
}

/** Objects without parts that could refer back; undefined for all others. */
function cloneLeaf(value: object, memory: Memory): object | undefined {
  if (value instanceof Date) {
    return new Date(value.getTime());
  }
  if (value instanceof RegExp) {
    return new RegExp(value.source, value.flags);
  }
  if (value instanceof ArrayBuffer) {
    return value.slice(0);
  }
  if (ArrayBuffer.isView(value)) {
    return cloneView(value, memory);
  }
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt) {
    return Object(value.valueOf()) as object;
  }
  return undefined;
}

function cloneView(view: ArrayBufferView, memory: Memory): object {
  const buffer = clone(view.buffer, memory) as ArrayBuffer;
  if (view instanceof DataView) {
    return new DataView(buffer, view.byteOffset, view.byteLength);
  }
  const name = (view as Uint8Array)[Symbol.toStringTag] as string;
  const type = (
    globalThis as unknown as Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => object>
  )[name]!;
  return new type(buffer, view.byteOffset, (view as Uint8Array).length);
}

/** Message, stack and cause; the name says which of the language's errors it becomes. */
function cloneError(error: Error, memory: Memory): Error {
  const type = Object.hasOwn(errorTypes, error.name) ? errorTypes[error.name]! : Error;
  const copy = new type(error.message);
  memory.set(error, copy);
  hide(copy, "stack", error.stack);
  if (Object.hasOwn(error, "cause")) {
    hide(copy, "cause", clone(error.cause, memory));
  }
  return copy;
}

/** Objects whose state is inside the engine: a copy of their properties would be no copy of them. */
const uncloneable = [Promise, Symbol, WeakMap, WeakSet, WeakRef, FinalizationRegistry] as const;

/** As an assignment would, but also for `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A property that does not enumerate, as errors have them. */
function hide(target: Error, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
}

function notCloneable(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

defineGlobals({ structuredClone });
