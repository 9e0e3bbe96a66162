/** Says what the bytes of a module are spent on. */
import { gzipSync } from "node:zlib";
import type { Engine } from "../engine/build-engine.js";
import { snapshotModule } from "../engine/snapshot.js";
import { readSections, SectionId } from "../engine/wasm-binary.js";
import type { SourceShare } from "./bundle.js";
import { isKitFile, packageOf } from "./package-paths.js";

export interface SizeReport {
  /** Bytes of the module. */
  bytes: number;
  /** Bytes of the module as gzip packs it. */
  gzipBytes: number;
  /** The largest first within their kind. */
  parts: SizePart[];
}

export interface SizePart {
  kind: "engine" | "mappings" | "kit" | "policy" | "package";
  /** For people. */
  name: string;
  bytes: number;
  /** The share was not measured but estimated. */
  estimated: boolean;
}

export interface Measured {
  wasm: Uint8Array;
  /** The engine that `wasm` was made of. */
  engine: Engine;
  sources: readonly SourceShare[];
  mappingsBytes: number;
}

/**
 * The engine's parts are measured: its sections, and the memory of a module without a policy. What a policy adds to that is
 * one memory in which no byte has a name, so it is divided by how much JavaScript each part brought.
 */
export async function reportSize({ wasm, engine, sources, mappingsBytes }: Measured): Promise<SizeReport> {
  const data = dataBytes(wasm);
  const emptyData = Math.min(data - mappingsBytes, await emptyModuleData(engine));
  const measured = (kind: SizePart["kind"], name: string, bytes: number): SizePart => ({
    kind,
    name,
    bytes,
    estimated: false,
  });
  return {
    bytes: wasm.length,
    gzipBytes: gzipSync(wasm).length,
    parts: [
      measured("engine", "engine: code", wasm.length - data),
      measured("engine", "engine: data, web APIs", emptyData),
      measured("mappings", "places for stacks", mappingsBytes),
      ...shares(data - emptyData - mappingsBytes, sources),
    ],
  };
}

const kinds = ["kit", "policy", "package"] as const;

function shares(bytes: number, sources: readonly SourceShare[]): SizePart[] {
  const scripts = new Map<string, { kind: SizePart["kind"]; name: string; script: number }>();
  let all = 0;
  for (const source of sources) {
    const { kind, name } = owner(source.path);
    const { script } = scripts.get(name) ?? { script: 0 };
    scripts.set(name, { kind, name, script: script + source.bytes });
    all += source.bytes;
  }
  return [...scripts.values()]
    .map(
      ({ kind, name, script }): SizePart => ({
        kind,
        name,
        bytes: Math.round((bytes * script) / all),
        estimated: true,
      }),
    )
    .sort((a, b) => kinds.indexOf(a.kind as "kit") - kinds.indexOf(b.kind as "kit") || b.bytes - a.bytes);
}

function owner(path: string): { kind: SizePart["kind"]; name: string } {
  if (isKitFile(path)) {
    return { kind: "kit", name: "sluice" };
  }
  const name = packageOf(path);
  return name === undefined ? { kind: "policy", name: "your files" } : { kind: "package", name: `npm: ${name}` };
}

function dataBytes(wasm: Uint8Array): number {
  return readSections(wasm).find(({ id }) => id === SectionId.Data)?.content.length ?? 0;
}

const emptyModules = new WeakMap<Engine, Promise<number>>();

/** A guest whose every event does nothing. */
const emptyBundle = "exports.createGuest = () => new Proxy({}, { get: () => () => 0 });";

function emptyModuleData(engine: Engine): Promise<number> {
  let bytes = emptyModules.get(engine);
  if (bytes === undefined) {
    bytes = snapshotModule(engine, emptyBundle).then(dataBytes);
    emptyModules.set(engine, bytes);
  }
  return bytes;
}
