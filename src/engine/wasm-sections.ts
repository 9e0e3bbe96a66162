/** The few changes that the build makes to a module's sections. */
import {
  concatenate,
  ExternalKind,
  name,
  Reader,
  type Section,
  SectionId,
  signed,
  u32,
  vector,
} from "./wasm-binary.js";

/** The body of a function for QuickJS that a module does not need: `undefined`. */
export const NATIVE_STUB = concatenate([Uint8Array.of(0, 0x42), signed(3n << 32n), Uint8Array.of(0x0b)]);

export interface Export {
  name: string;
  kind: number;
  index: number;
}

function replace(sections: readonly Section[], id: number, change: (content: Uint8Array) => Uint8Array): Section[] {
  return sections.map((section) => (section.id === id ? { id, content: change(section.content) } : section));
}

export interface Import {
  module: string;
  name: string;
  /** Its kind, and its type as the section has it. */
  description: Uint8Array;
}

export function readImports(sections: readonly Section[]): Import[] {
  const section = sections.find(({ id }) => id === SectionId.Import);
  const reader = new Reader(section?.content ?? Uint8Array.of(0));
  return Array.from({ length: reader.u32() }, () => ({
    module: reader.name(),
    name: reader.name(),
    description: importDescription(reader),
  }));
}

/** An entry of the import section. */
export function writeImport(entry: Import): Uint8Array {
  return concatenate([name(entry.module), name(entry.name), entry.description]);
}

function importDescription(reader: Reader): Uint8Array {
  const kind = reader.byte();
  if (kind === ExternalKind.Function) {
    return concatenate([Uint8Array.of(kind), u32(reader.u32())]);
  }
  if (kind === ExternalKind.Global) {
    return Uint8Array.of(kind, reader.byte(), reader.byte());
  }
  const type = kind === ExternalKind.Table ? [reader.byte()] : [];
  const flags = reader.byte();
  const limits = [u32(reader.u32())];
  if ((flags & 1) !== 0) {
    limits.push(u32(reader.u32()));
  }
  return concatenate([Uint8Array.of(kind, ...type, flags), ...limits]);
}

/** How many functions the module imports: its own are counted from there. */
export function importedFunctions(sections: readonly Section[]): number {
  return readImports(sections).filter(({ description }) => description[0] === ExternalKind.Function).length;
}

export function readExports(sections: readonly Section[]): Export[] {
  const section = sections.find(({ id }) => id === SectionId.Export);
  const reader = new Reader(section?.content ?? Uint8Array.of(0));
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}

/** Keeps the exports that `keep` says. */
export function withExports(sections: readonly Section[], keep: (entry: Export) => boolean): Section[] {
  const kept = readExports(sections).filter(keep);
  const entries = kept.map((entry) => concatenate([name(entry.name), Uint8Array.of(entry.kind), u32(entry.index)]));
  return replace(sections, SectionId.Export, () => vector(entries));
}

/** The functions in the module's table, by number. */
export function tableFunctions(sections: readonly Section[]): number[] {
  const section = sections.find(({ id }) => id === SectionId.Element);
  const reader = new Reader(section?.content ?? Uint8Array.of(0));
  return Array.from({ length: reader.u32() }, () => {
    if (reader.u32() !== 0) {
      throw new RangeError("The engine's table is filled in a way that the compiler does not know.");
    }
    reader.constantExpression();
    return Array.from({ length: reader.u32() }, () => reader.u32());
  }).flat();
}
