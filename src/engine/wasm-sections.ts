/** The few changes that linking makes to a module's sections. */
import { concatenate, ExternalKind, name, Reader, type Section, SectionId, u32, vector } from "./wasm-binary.js";

const NO_MAXIMUM = 0;

export interface Export {
  name: string;
  kind: number;
  index: number;
}

function replace(sections: readonly Section[], id: number, change: (content: Uint8Array) => Uint8Array): Section[] {
  return sections.map((section) => (section.id === id ? { id, content: change(section.content) } : section));
}

/** The lowest size of the module's own table, which has to be its only one. */
export function tableMinimum(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === SectionId.Table);
  if (section === undefined) {
    throw new RangeError("The module has no table.");
  }
  const reader = new Reader(section.content);
  reader.u32();
  reader.byte();
  reader.byte();
  return reader.u32();
}

/** Gives the module's own table another lowest size and no highest. */
export function withTableMinimum(sections: readonly Section[], minimum: number): Section[] {
  return replace(sections, SectionId.Table, (content) => {
    const reader = new Reader(content);
    if (reader.u32() !== 1) {
      throw new RangeError("The module has more than one table.");
    }
    return concatenate([u32(1), Uint8Array.of(reader.byte(), NO_MAXIMUM), u32(minimum)]);
  });
}

/** Renames imports; keys and values are `module.name`. */
export function withRenamedImports(sections: readonly Section[], renames: Readonly<Record<string, string>>): Section[] {
  return replace(sections, SectionId.Import, (content) => {
    const reader = new Reader(content);
    const entries: Uint8Array[] = [];
    for (let count = reader.u32(); count > 0; count--) {
      const from = `${reader.name()}.${reader.name()}`;
      const dot = (renames[from] ?? from).split(".", 2);
      entries.push(concatenate([name(dot[0]!), name(dot[1]!), importDescription(reader)]));
    }
    return vector(entries);
  });
}

/** The lowest size of the imported table. */
export function importedTableMinimum(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === SectionId.Import);
  const reader = new Reader(section?.content ?? Uint8Array.of(0));
  for (let count = reader.u32(); count > 0; count--) {
    reader.name();
    reader.name();
    const description = importDescription(reader);
    if (description[0] === ExternalKind.Table) {
      return new Reader(description, 3).u32();
    }
  }
  throw new RangeError("The module imports no table.");
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
  const section = sections.find(({ id }) => id === SectionId.Import);
  const reader = new Reader(section?.content ?? Uint8Array.of(0));
  let functions = 0;
  for (let count = reader.u32(); count > 0; count--) {
    reader.name();
    reader.name();
    if (importDescription(reader)[0] === ExternalKind.Function) {
      functions++;
    }
  }
  return functions;
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
