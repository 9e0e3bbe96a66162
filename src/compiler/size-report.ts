/** Says what the bytes of a module are spent on. */
import { gzipSync } from "node:zlib";
import type { Engine } from "../engine/build-engine.js";
import { snapshotModule } from "../engine/snapshot.js";
import { readSections, SectionId } from "../engine/wasm-binary.js";
import type { SourceShare } from "./bundle-output.js";
import type { ModuleText } from "./module-text.js";
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
  /** What `wasm` was made of. */
  engine: Engine;
  text: ModuleText;
}

/**
 * The engine's parts are measured: its sections, and the memory of a module without a policy. What a policy adds to that is
 * one memory in which no byte has a name, so it is divided by how much JavaScript each part brought.
 */
export async function reportSize({ wasm, engine, text }: Measured): Promise<SizeReport> {
  const { mappingsBytes } = text;
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
      ...shares(data - emptyData - mappingsBytes, text),
    ],
  };
}

const kinds = ["kit", "policy", "package"] as const;

function shares(bytes: number, { kitSources, policies }: ModuleText): SizePart[] {
  const scripts = new Map<string, { kind: SizePart["kind"]; name: string; script: number }>();
  let all = 0;
  const add = ({ path, bytes: added }: SourceShare, policy?: string): void => {
    const { kind, name } = owner(path, policy);
    const { script } = scripts.get(name) ?? { script: 0 };
    scripts.set(name, { kind, name, script: script + added });
    all += added;
  };
  for (const source of kitSources) {
    add(source);
  }
  for (const { name, bundle } of policies) {
    for (const source of bundle.sources) {
      add(source, policies.length === 1 ? undefined : name);
    }
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

/** @param policy where there are others, which have packages of their own */
function owner(path: string, policy: string | undefined): { kind: SizePart["kind"]; name: string } {
  if (isKitFile(path)) {
    return { kind: "kit", name: "sluice" };
  }
  const name = packageOf(path);
  const of = policy === undefined ? "" : `${policy}, `;
  return name === undefined
    ? { kind: "policy", name: policy ?? "your files" }
    : { kind: "package", name: `${of}npm: ${name}` };
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
