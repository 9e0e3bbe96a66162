/**
 * Keeps V8 from inlining in a module. Envoy's V8 has no baseline compiler to tell it which calls are hot: in each function it inlines
 * the first calls that it meets, and theirs, up to 60 of them or twice the function's size, and so makes the code that it has to
 * optimise before the first request twice as large, for nothing: what is worth it, clang has inlined.
 *
 * Each function gets a branch in front that is never taken and leads to 60 calls of an empty function. V8 inlines those, and
 * then drops the branch. Other engines drop it, too, or jump over it.
 */
import { concatenate, Reader, readSections, SectionId, u32, vector, writeModule } from "./wasm-binary.js";
import { importedFunctions } from "./wasm-sections.js";

/** `InliningTree::kMaxInlinedCount` of V8, counted with the call that leads to the others. */
const MOST_INLINED = 60;
/** A function may take in twice its size, or 100 bytes: in smaller ones that is little. */
const SMALLEST_BYTES = 40;

const NO_LOCALS = Uint8Array.of(0);
const END = Uint8Array.of(0x0b);
/** From nothing to nothing. */
const FUNCTION_TYPE = Uint8Array.of(0x60, 0, 0);

export function withoutInlining(module: Uint8Array): Uint8Array {
  const sections = readSections(module);
  const entries = (id: number): number => new Reader(sections.find((section) => section.id === id)!.content).u32();
  const type = u32(entries(SectionId.Type));
  const empty = importedFunctions(sections) + entries(SectionId.Function);
  const calls = empty + 1;
  return writeModule(
    sections.map((section) => {
      switch (section.id) {
        case SectionId.Type:
          return { ...section, content: withEntries(section.content, [FUNCTION_TYPE]) };
        case SectionId.Function:
          return { ...section, content: withEntries(section.content, [type, type]) };
        case SectionId.Code:
          return { ...section, content: code(section.content, empty, calls) };
        default:
          return section;
      }
    }),
  );
}

function withEntries(content: Uint8Array, added: readonly Uint8Array[]): Uint8Array {
  const reader = new Reader(content);
  const count = reader.u32();
  return concatenate([u32(count + added.length), content.subarray(reader.offset), ...added]);
}

function code(content: Uint8Array, empty: number, calls: number): Uint8Array {
  const reader = new Reader(content);
  // i32.const 0; if; call; end
  const branch = concatenate([Uint8Array.of(0x41, 0, 0x04, 0x40), call(calls), END]);
  const bodies = Array.from({ length: reader.u32() }, () => {
    const body = reader.bytes(reader.u32());
    if (body.length < SMALLEST_BYTES) {
      return body;
    }
    const locals = localsBytes(body);
    return concatenate([body.subarray(0, locals), branch, body.subarray(locals)]);
  });
  bodies.push(concatenate([NO_LOCALS, END]));
  bodies.push(concatenate([NO_LOCALS, ...Array<Uint8Array>(MOST_INLINED - 1).fill(call(empty)), END]));
  return vector(bodies.map((body) => concatenate([u32(body.length), body])));
}

function call(index: number): Uint8Array {
  return concatenate([Uint8Array.of(0x10), u32(index)]);
}

/** How many bytes a function's locals take, which stand before its instructions. */
function localsBytes(body: Uint8Array): number {
  const reader = new Reader(body);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.byte();
  }
  return reader.offset;
}
