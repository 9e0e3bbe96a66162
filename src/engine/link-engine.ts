/**
 * Links the engine from QuickJS and the bridge, for `npm run build` and for tests that run from the sources. The package
 * carries the result, and neither this file nor the tools that it needs.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFolder } from "../make-folder.js";
import { generatedSources } from "./bridge-source.js";
import { compileBridge } from "./compile-bridge.js";
import { ExternalKind, readSections, writeModule } from "./wasm-binary.js";
import {
  importedTableMinimum,
  tableMinimum,
  withExports,
  withRenamedImports,
  withTableMinimum,
} from "./wasm-sections.js";
import { withoutInlining } from "./without-inlining.js";

/** QuickJS, which `scripts/build-quickjs.mjs` builds. */
const quickjsFile = fileURLToPath(new URL("../../src/engine/quickjs/quickjs.wasm", import.meta.url));
/** The bridge's sources; AssemblyScript reads them as they are, from the package's `src` also when this file runs from `dist`. */
const bridgeFolder = fileURLToPath(new URL("../../src/engine/bridge/", import.meta.url));
const toolLimitMilliseconds = 300_000;
/** Part of the cache's key: raise it when this file links differently. */
const linkVersion = "5";
/** What V8 in Envoy accepts; `--all-features` emits more than that. */
const features = [
  "bulk-memory",
  "bulk-memory-opt",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "multivalue",
  "reference-types",
  "simd",
].map((feature) => `--enable-${feature}`);

const require = createRequire(import.meta.url);

/**
 * A folder with the engine's modules, as `build-engine.ts` reads them. Linking takes some 20 s once; then the folder is found in
 * `cacheDir`, by a hash of everything that goes into it.
 */
export async function linkEngine(cacheDir: string): Promise<string> {
  const quickjs = await readFile(quickjsFile);
  const folder = join(cacheDir, "engine", await engineKey(quickjs));
  if (existsSync(folder)) {
    return folder;
  }
  await makeFolder(join(cacheDir, "engine"));
  const temporary = await mkdtemp(`${folder}.`);
  try {
    await link(quickjs, temporary);
    // Others may build it at the same time: the first one's stays.
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) {
        throw error;
      }
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function engineKey(quickjs: Uint8Array): Promise<string> {
  const hash = createHash("sha256").update(linkVersion).update(features.join()).update(quickjs);
  for (const tool of ["assemblyscript", "binaryen"]) {
    hash.update((require(`${tool}/package.json`) as { version: string }).version);
  }
  for (const file of (await readdir(bridgeFolder)).sort()) {
    hash.update(file).update(await readFile(join(bridgeFolder, file)));
  }
  for (const [file, source] of generatedSources()) {
    hash.update(file).update(source);
  }
  return hash.digest("hex").slice(0, 32);
}

/** Writes both modules to `target`, and what there is to know of them. */
async function link(quickjs: Uint8Array, target: string): Promise<void> {
  const quickjsSections = readSections(quickjs);
  const tableBase = tableMinimum(quickjsSections);
  const bridge = readSections(await compileBridge(bridgeFolder, tableBase));
  const folder = await mkdtemp(join(tmpdir(), "sluice-engine-"));
  const file = (name: string): string => join(folder, name);
  try {
    await writeFile(file("quickjs.wasm"), writeModule(withTableMinimum(quickjsSections, importedTableMinimum(bridge))));
    await writeFile(
      file("bridge.wasm"),
      writeModule(
        withRenamedImports(bridge, {
          "env.memory": "qjs.memory",
          "env.table": "qjs.__indirect_function_table",
        }),
      ),
    );
    // QuickJS imports what the bridge exports from a module that it calls "env".
    await binaryen("wasm-merge", file("quickjs.wasm"), "qjs", file("bridge.wasm"), "env", "-o", file("merged.wasm"));
    // Without the rest of QuickJS's exports the optimiser drops what nothing uses.
    const merged = readSections(await readFile(file("merged.wasm")));
    const needed = withExports(
      merged,
      (entry) =>
        entry.kind === ExternalKind.Global ||
        entry.kind === ExternalKind.Memory ||
        /^(?:proxy_|engine_|free$)/.test(entry.name),
    );
    await writeFile(file("needed.wasm"), writeModule(needed));
    const initialising = join(target, "initialising.wasm");
    await binaryen("wasm-opt", file("needed.wasm"), "-O3", "-o", initialising);
    // Only what the build calls leads to QuickJS's compiler. Globals stay exported, for the snapshot.
    const running = withExports(
      readSections(await readFile(initialising)),
      ({ name, kind }) => kind !== ExternalKind.Function || name.startsWith("proxy_"),
    );
    await writeFile(file("running.wasm"), writeModule(running));
    await binaryen("wasm-opt", file("running.wasm"), "--remove-unused-module-elements", "-o", file("stripped.wasm"));
    await writeFile(join(target, "running.wasm"), withoutInlining(await readFile(file("stripped.wasm"))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function binaryen(tool: string, ...args: string[]): Promise<void> {
  const program = require.resolve(`binaryen/bin/${tool}`);
  await promisify(execFile)(process.execPath, [program, ...args, ...features], { timeout: toolLimitMilliseconds });
}
