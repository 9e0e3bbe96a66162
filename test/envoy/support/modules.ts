/** Modules by the file of their policy: compiling takes longer than starting Envoy. */

import { rmSync } from "node:fs";
import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PolicyModule, writeModule } from "../../../src/envoy/compile-modules.js";

let folder: Promise<string> | undefined;
const compiled = new Map<string, Promise<PolicyModule>>();

/** Writes the module of the policy in `file` to `path`. */
export async function copyModule(file: string, path: string): Promise<PolicyModule> {
  let module = compiled.get(file);
  if (module === undefined) {
    module = compile(file, `${compiled.size}.wasm`);
    compiled.set(file, module);
  }
  const { path: source, sluice } = await module;
  await copyFile(source, path);
  return { path, sluice };
}

async function compile(file: string, name: string): Promise<PolicyModule> {
  folder ??= temporaryFolder();
  return writeModule(file, join(await folder, name));
}

async function temporaryFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "sluice-compiled-"));
  process.once("exit", () => {
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}
