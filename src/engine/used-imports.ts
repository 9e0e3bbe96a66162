/**
 * A module imports the hostcalls that it may use, and no others, so that hosts load it which have no others: gRPC, queues, shared data
 * and foreign functions are missing in many.
 */
import { hostcalls } from "../abi/hostcalls.js";
import { bridgeHostcalls } from "./bridge-tables.js";
import { concatenate, ExternalKind, Reader, type Section, SectionId, u32, vector } from "./wasm-binary.js";
import { type FunctionBody, functionBodies } from "./wasm-calls.js";
import {
  importedFunctions,
  NATIVE_STUB,
  readExports,
  readImports,
  tableFunctions,
  writeImport,
} from "./wasm-sections.js";
import type { WebApiPart } from "./web-api-parts.js";

/**
 * The names of the imports that no guest with that code, and these parts of the prelude, can call: guests reach them by their names in
 * the port alone. A word too many in the code costs an import.
 */
export function unusedHostcalls(code: string, parts: readonly WebApiPart[] = []): ReadonlySet<string> {
  const used = new Set<string>([...bridgeHostcalls, ...parts.flatMap((part) => part.hostcalls ?? [])]);
  return new Set(
    Object.entries(hostcalls)
      .filter(([name]) => !used.has(name) && !new RegExp(`\\b${name}\\b`).test(code))
      .map(([, call]) => call.import),
  );
}

/** The imports of every module. */
const commonImports: ReadonlySet<string> = new Set(
  Object.entries(hostcalls).flatMap(([name, call]) => (bridgeHostcalls.has(name) ? [call.import] : [])),
);
const END = 0x0b;
/** Stands in the place of an import: `Unimplemented`, as hosts answer that have a hostcall by name only. */
const STUB = Uint8Array.of(0, 0x41, 12, END);
/** The type of functions for QuickJS: from i32, i64, i32, i32 to i64. */
const NATIVE_TYPE = Buffer.of(0x60, 4, 0x7f, 0x7e, 0x7f, 0x7f, 1, 0x7e);
/** A number below it has one byte, so that it can be overwritten by another one. */
const MOST_IMPORTS = 0x80;

/**
 * The module without those imports. Imports are the first functions by number: the stubs become the first ones behind those that stay,
 * so that nothing else than calls of imports changes.
 */
export function withoutImports(sections: readonly Section[], unused: ReadonlySet<string>): Section[] {
  const imports = readImports(sections);
  const count = imports.length;
  if (count > MOST_IMPORTS || importedFunctions(sections) !== count || handsOnImports(sections, count)) {
    throw new RangeError("The engine imports, or hands on, functions in a way that the compiler does not know.");
  }
  const kept = imports.filter(({ name }) => !unused.has(name));
  const dropped = imports.filter(({ name }) => unused.has(name));
  const numbers = imports.map((entry) => [...kept, ...dropped].indexOf(entry));
  return sections.map((section) => {
    const { id, content } = section;
    switch (id) {
      case SectionId.Import:
        return { id, content: vector(kept.map(writeImport)) };
      case SectionId.Function: {
        const types = dropped.map(({ description }) => description.subarray(1));
        return { id, content: vector([...types, ...functionTypes(sections).map(u32)]) };
      }
      case SectionId.Code: {
        const common = imports.map(({ name }) => commonImports.has(name));
        const bodies = renumbered(functionBodies(content), numbers, kept.length, common, nativeTypes(sections));
        const stubs = dropped.map(() => STUB);
        return { id, content: vector([...stubs, ...bodies].map((body) => concatenate([u32(body.length), body]))) };
      }
      default:
        return section;
    }
  });
}

/**
 * The bodies of functions with the imports' new numbers, of which those below `kept` are still imports. A function for QuickJS is left out
 * that calls none of them any more but common ones: what it is for is what is missing.
 */
function renumbered(
  bodies: readonly FunctionBody[],
  numbers: readonly number[],
  kept: number,
  common: readonly boolean[],
  native: readonly boolean[],
): Uint8Array[] {
  const called = bodies.map(({ bytes, operands }) => operands.map((offset) => new Reader(bytes, offset).u32()));
  const calledByCode = new Set(called.flat());
  return bodies.map(({ bytes, operands }, index) => {
    const places = operands.flatMap((offset, place) => {
      const before = called[index]![place]!;
      const number = numbers[before];
      return number === undefined ? [] : [{ offset, number, isCommon: common[before] === true }];
    });
    if (places.length === 0) {
      return bytes;
    }
    const isDead =
      places.some(({ number }) => number >= kept) && places.every(({ number, isCommon }) => isCommon || number >= kept);
    if (isDead && native[index] === true && !calledByCode.has(numbers.length + index)) {
      return NATIVE_STUB;
    }
    // A Buffer's slice() would be the engine itself.
    const changed = new Uint8Array(bytes);
    for (const { offset, number } of places) {
      changed[offset] = number;
    }
    return changed;
  });
}

/** Whether an export or the table has an import. */
function handsOnImports(sections: readonly Section[], count: number): boolean {
  const exported = readExports(sections).flatMap(({ kind, index }) => (kind === ExternalKind.Function ? [index] : []));
  return [...exported, ...tableFunctions(sections)].some((index) => index < count);
}

function functionTypes(sections: readonly Section[]): number[] {
  const reader = new Reader(contentOf(sections, SectionId.Function));
  return Array.from({ length: reader.u32() }, () => reader.u32());
}

/** Of each of the module's own functions, whether it is one for QuickJS. */
function nativeTypes(sections: readonly Section[]): boolean[] {
  const reader = new Reader(contentOf(sections, SectionId.Type));
  const isNative = Array.from({ length: reader.u32() }, () => {
    const parts: Uint8Array[] = [Uint8Array.of(reader.byte())];
    for (let list = 0; list < 2; list++) {
      const length = reader.u32();
      parts.push(u32(length), reader.bytes(length));
    }
    return NATIVE_TYPE.equals(concatenate(parts));
  });
  return functionTypes(sections).map((type) => isNative[type] === true);
}

function contentOf(sections: readonly Section[], id: number): Uint8Array {
  return sections.find((section) => section.id === id)?.content ?? Uint8Array.of(0);
}
