/**
 * Makes the engine's two modules of the one that has all, for `npm run build` and for tests that run from the sources. The package
 * carries the result, and neither this file nor the tools that it needs.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeFolder } from "../make-folder.js";
import { optionalPrefix } from "./dropped-functions.js";
import { startFunction } from "./memory-image.js";
import { ExternalKind, readSections, writeModule } from "./wasm-binary.js";
import { withExports } from "./wasm-sections.js";
import { withoutInlining } from "./without-inlining.js";

/** QuickJS and the bridge, which `scripts/build-quickjs.mjs` builds. */
const quickjsFile = fileURLToPath(new URL("../../src/engine/quickjs/quickjs.wasm", import.meta.url));
/** Of what it was built. */
const recordFile = fileURLToPath(new URL("../../src/engine/quickjs/quickjs.json", import.meta.url));
/** So much of the hash is the stamp, as `scripts/build-native.mjs` has it, too. */
const stampLength = 16;
const toolLimitMilliseconds = 300_000;
/** Part of the cache's key: raise it when this file links differently. */
const linkVersion = "8";
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

/** clang has inlined what is worth it, and kept apart what is seldom needed. */
const noInlining = ["always", "flexible", "one-caller"].flatMap((kind) => [`--${kind}-inline-max-function-size`, "0"]);

const require = createRequire(import.meta.url);

/**
 * A folder with the engine's modules, as `build-engine.ts` reads them. Linking takes some 10 s once; then the folder is found in
 * `cacheDir`, by a hash of everything that goes into it.
 */
export async function linkEngine(cacheDir: string): Promise<string> {
  const quickjs = await readFile(quickjsFile);
  const { inputs } = JSON.parse(await readFile(recordFile, "utf8")) as { inputs: string };
  const stamp = inputs.slice(0, stampLength);
  const folder = join(cacheDir, "engine", engineKey(quickjs, stamp));
  if (existsSync(folder)) {
    return folder;
  }
  await makeFolder(join(cacheDir, "engine"));
  const temporary = await mkdtemp(`${folder}.`);
  try {
    await link(quickjs, temporary);
    await writeFile(join(temporary, "stamp.txt"), stamp);
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

function engineKey(quickjs: Uint8Array, stamp: string): string {
  const { version } = require("binaryen/package.json") as { version: string };
  const hash = createHash("sha256")
    .update(linkVersion)
    .update([...features, ...noInlining].join())
    .update(version)
    .update(stamp)
    .update(quickjs);
  return hash.digest("hex").slice(0, 32);
}

/** Writes both modules to `target`. */
async function link(quickjs: Uint8Array, target: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-engine-"));
  const file = (name: string): string => join(folder, name);
  try {
    await writeFile(file("quickjs.wasm"), quickjs);
    const initialising = join(target, "initialising.wasm");
    await binaryen("wasm-opt", file("quickjs.wasm"), "-O3", ...noInlining, "-o", initialising);
    // Only what the build calls leads to QuickJS's compiler. Globals stay exported, for the snapshot.
    const running = withExports(
      readSections(await readFile(initialising)),
      ({ name, kind }) =>
        kind !== ExternalKind.Function ||
        name === startFunction ||
        name.startsWith("proxy_") ||
        name.startsWith(optionalPrefix),
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
