/**
 * Initialises an engine with a policy at build time: runs it in Node up to where the guest stands ready, then writes memory and
 * globals back as the module's own initial ones. A host that starts the module then has nothing to parse or evaluate.
 */
import { callbacks } from "../abi/callbacks.js";
import { neededCallbacks } from "./bridge-tables.js";
import type { Engine } from "./build-engine.js";
import { type BuildInstance, instantiateAtBuildTime } from "./build-instance.js";
import { partsFor } from "./build-prelude.js";
import { compileScripts, type Scripts, type SourceText } from "./compile-scripts.js";
import { withoutFunctions } from "./dropped-functions.js";
import { dataSegments, startFunction, wipeFreeMemory } from "./memory-image.js";
import { unusedHostcalls, withoutImports } from "./used-imports.js";
import {
  concatenate,
  ExternalKind,
  Reader,
  readSections,
  type Section,
  SectionId,
  signed,
  u32,
  ValueType,
  vector,
  writeModule,
} from "./wasm-binary.js";
import { readExports, withExports } from "./wasm-sections.js";

const PAGE_BYTES = 65_536;

/**
 * The finished module of a policy, or of several; see {@link compileScripts}.
 *
 * @throws what is wrong with the text, and what the policy threw while it was evaluated, as an Error with QuickJS's message.
 */
export async function snapshotModule(engine: Engine, ...text: SourceText): Promise<Uint8Array> {
  return snapshotScripts(engine, await compileScripts(engine, ...text));
}

/** The same of what was compiled. */
export async function snapshotScripts(
  engine: Engine,
  { prelude, bundle, source, webApis }: Scripts,
): Promise<Uint8Array> {
  const instance = await instantiateAtBuildTime(engine.initialising);
  instance.start(prelude, bundle);
  wipeFreeMemory(instance);
  instance.freezeHeap();
  const parts = partsFor(webApis);
  const natives = new Set(parts.flatMap((part) => part.natives ?? []));
  return writeSnapshot(sectionsFor(engine.running, unusedHostcalls(source, parts), natives), instance);
}

/** Of an engine, by what it does without: most policies leave the same unused, and finding calls takes long. */
const knownSections = new WeakMap<Uint8Array, Map<string, readonly Section[]>>();

function sectionsFor(
  engine: Uint8Array,
  unusedImports: ReadonlySet<string>,
  natives: ReadonlySet<string>,
): readonly Section[] {
  const known = knownSections.get(engine) ?? new Map<string, readonly Section[]>();
  knownSections.set(engine, known);
  const key = [...unusedImports, ...[...natives].sort()].join();
  const sections = known.get(key) ?? withoutFunctions(withoutImports(readSections(engine), unusedImports), natives);
  known.set(key, sections);
  return sections;
}

/** The module for hosts. */
function writeSnapshot(sections: readonly Section[], instance: BuildInstance): Uint8Array {
  const image = new Uint8Array(instance.memory.buffer);
  const segments = dataSegments(image);
  const globalNames = new Map(
    readExports(sections)
      .filter((e) => e.kind === ExternalKind.Global)
      .map((e) => [e.index, e.name]),
  );

  const start = readExports(sections).find(({ name }) => name === startFunction)!;
  const written = sections.flatMap((section) => {
    switch (section.id) {
      case SectionId.Memory:
        return { ...section, content: vector([concatenate([u32(0), u32(image.length / PAGE_BYTES)])]) };
      case SectionId.Global:
        return { ...section, content: globals(section.content, globalNames, instance) };
      case SectionId.Data:
        return {
          ...section,
          content: vector(
            segments.map(({ offset, bytes }) =>
              concatenate([
                Uint8Array.of(0, 0x41),
                signed(BigInt(offset)),
                Uint8Array.of(0x0b),
                u32(bytes.length),
                bytes,
              ]),
            ),
          ),
        };
      case SectionId.DataCount:
        return { ...section, content: u32(segments.length) };
      // Another start function, and _initialize, have run: a second time they would undo what they did.
      case SectionId.Start:
        return [];
      case SectionId.Export:
        return [section, { id: SectionId.Start, content: u32(start.index) }];
      case SectionId.Custom:
        return [];
      default:
        return section;
    }
  });
  // Each callback that a module exports costs time in every exchange.
  const missing = new Set<string>(
    Object.entries(callbacks).flatMap(([name, callback], index) =>
      instance.has(index) || neededCallbacks.has(name) ? [] : [callback.export],
    ),
  );
  return writeModule(
    withExports(written, ({ name }) => name === "memory" || (name.startsWith("proxy_") && !missing.has(name))),
  );
}

/** The global section with the present values of all mutable globals. */
function globals(content: Uint8Array, names: ReadonlyMap<number, string>, instance: BuildInstance): Uint8Array {
  const reader = new Reader(content);
  const entries = Array.from({ length: reader.u32() }, (_, index) => {
    const type = reader.byte();
    const mutable = reader.byte();
    const initialiser = reader.constantExpression();
    if (mutable === 0) {
      return concatenate([Uint8Array.of(type, mutable), initialiser]);
    }
    const name = names.get(index);
    if (name === undefined) {
      throw new Error(`Mutable global ${index} of the engine is not exported: its value would be lost.`);
    }
    return concatenate([Uint8Array.of(type, mutable), constant(type, instance.global(name))]);
  });
  return vector(entries);
}

function constant(type: number, value: number | bigint): Uint8Array {
  const end = Uint8Array.of(0x0b);
  if (type === ValueType.I32) {
    return concatenate([Uint8Array.of(0x41), signed(BigInt(Number(value) | 0)), end]);
  }
  if (type === ValueType.I64) {
    return concatenate([Uint8Array.of(0x42), signed(BigInt.asIntN(64, BigInt(value))), end]);
  }
  throw new Error(`A mutable global of the engine has type ${type}, which the snapshot does not know.`);
}
