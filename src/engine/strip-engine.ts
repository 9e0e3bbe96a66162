/**
 * The engine that finished modules run: without QuickJS's compiler, since everything is compiled when the module is built. Envoy
 * optimises the whole of a module before its first request, so each kilobyte of code costs start-up time.
 */
import {
  concatenate, ExternalKind, Reader, readSections, SectionId, u32, vector, writeModule, type Section,
} from "./wasm-binary.js";
import { importedFunctions, readExports, withExports } from "./wasm-sections.js";

/** Where QuickJS keeps its compiler: a function of the table, found through a field of the context. */
export interface CompilerPlace {
  /** Bytes from the beginning of a JSContext; 0 there makes QuickJS throw "eval is not supported". */
  contextOffset: number;
  tableIndex: number;
}

/** Reads it from the code of `JS_AddIntrinsicEval`, which does nothing but store the one in the other. */
export function compilerPlace(quickjs: Uint8Array): CompilerPlace {
  const sections = readSections(quickjs);
  const setter = readExports(sections).find(({ name }) => name === "JS_AddIntrinsicEval");
  const bodies = new Reader(sections.find(({ id }) => id === SectionId.Code)!.content);
  let body = new Uint8Array(0);
  for (let count = bodies.u32(), index = importedFunctions(sections); count > 0; count--, index++) {
    const bytes = bodies.bytes(bodies.u32());
    if (index === setter?.index) body = new Uint8Array(bytes);
  }
  // No locals; local.get 0; i32.const <table index>; i32.store align=2 offset=<context offset>; i32.const 0; end.
  const reader = new Reader(body);
  const expect = (...bytes: number[]): void => {
    for (const byte of bytes) {
      if (reader.byte() !== byte) throw new Error("quickjs-wasi has changed: JS_AddIntrinsicEval is not what is known of it.");
    }
  };
  expect(0, 0x20, 0, 0x41);
  const tableIndex = reader.u32();
  expect(0x36, 2);
  const contextOffset = reader.u32();
  expect(0x41, 0, 0x0b);
  return { contextOffset, tableIndex };
}

/**
 * The engine with nothing that refers to the compiler: an optimiser can drop it. What the build calls is no longer exported;
 * globals still are, for the snapshot.
 */
export function withoutCompiler(engine: Uint8Array, { tableIndex }: CompilerPlace): Uint8Array {
  const sections = readSections(engine).map((section) =>
    section.id === SectionId.Element ? { ...section, content: withoutElement(section.content, tableIndex) } : section);
  return writeModule(withExports(sections.filter(({ id }) => id !== SectionId.Start), ({ name, kind }) =>
    kind !== ExternalKind.Function || name.startsWith("proxy_")));
}

/** Nobody calls that place of the table any more: its neighbour's function stands for it. */
function withoutElement(content: Section["content"], tableIndex: number): Uint8Array {
  const reader = new Reader(content);
  const segments = Array.from({ length: reader.u32() }, () => {
    if (reader.u32() !== 0) throw new Error("The engine's table has a segment that is not a plain list of functions.");
    const offset = reader.constantExpression();
    const functions = Array.from({ length: reader.u32() }, () => reader.u32());
    const place = tableIndex - new Reader(offset, 1).u32();
    if (place >= 0 && place < functions.length) functions[place] = functions[place === 0 ? 1 : place - 1]!;
    return concatenate([u32(0), offset, vector(functions.map(u32))]);
  });
  return vector(segments);
}
