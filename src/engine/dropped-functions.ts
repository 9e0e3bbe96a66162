/**
 * A module carries of the bridge's functions in C what its web APIs call: those that only some of them need are exported by the engine
 * under names of their own. What is not wanted, and all that only it calls, loses its code and keeps its number.
 */
import { concatenate, ExternalKind, Reader, type Section, SectionId, u32, vector } from "./wasm-binary.js";
import { functionBodies } from "./wasm-calls.js";
import { importedFunctions, NATIVE_STUB, readExports, tableFunctions } from "./wasm-sections.js";

/** Before the names of natives that a module may lack. */
export const optionalPrefix = "native_";

/** No locals; `unreachable`. */
const NO_CODE = Uint8Array.of(0, 0x00, 0x0b);

/** The engine without the optional natives that are not `wanted`, and without their exports. */
export function withoutFunctions(sections: readonly Section[], wanted: ReadonlySet<string>): Section[] {
  const imported = importedFunctions(sections);
  const exported = readExports(sections).filter(({ kind }) => kind === ExternalKind.Function);
  const isDropped = (name: string): boolean =>
    name.startsWith(optionalPrefix) && !wanted.has(name.slice(optionalPrefix.length));
  const dropped = new Set(exported.flatMap(({ name, index }) => (isDropped(name) ? [index - imported] : [])));
  const roots = [
    ...exported.filter(({ name }) => !name.startsWith(optionalPrefix)).map(({ index }) => index),
    ...tableFunctions(sections),
  ].map((index) => index - imported);
  return sections.map((section) => {
    if (section.id !== SectionId.Code) {
      return section;
    }
    const bodies = functionBodies(section.content);
    const calls = bodies.map(({ bytes, operands }) =>
      operands.map((offset) => new Reader(bytes, offset).u32() - imported),
    );
    const before = reachable(roots, calls);
    const after = reachable(
      roots,
      calls.map((called, index) => (dropped.has(index) ? [] : called)),
    );
    const written = bodies.map(({ bytes }, index) =>
      dropped.has(index) ? NATIVE_STUB : before.has(index) && !after.has(index) ? NO_CODE : bytes,
    );
    return { ...section, content: vector(written.map((body) => concatenate([u32(body.length), body]))) };
  });
}

/** The module's own functions that can be called, from the roots on. */
function reachable(roots: readonly number[], calls: readonly (readonly number[])[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next >= 0 && !reached.has(next)) {
      reached.add(next);
      waiting.push(...(calls[next] ?? []));
    }
  }
  return reached;
}
