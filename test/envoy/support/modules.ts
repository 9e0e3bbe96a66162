/** Modules by the file of their policy: compiling takes longer than starting Envoy. */
import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rmSync } from "node:fs";
import { writeModule } from "../../../src/envoy/compile-modules.js";

let folder: Promise<string> | undefined;
const compiled = new Map<string, Promise<string>>();

/** Writes the module of the policy in `file` to `path`; returns the path. */
export async function copyModule(file: string, path: string): Promise<string> {
  let module = compiled.get(file);
  if (module === undefined) {
    module = compile(file, `${compiled.size}.wasm`);
    compiled.set(file, module);
  }
  await copyFile(await module, path);
  return path;
}

async function compile(file: string, name: string): Promise<string> {
  folder ??= temporaryFolder();
  const path = join(await folder, name);
  await writeModule(file, path);
  return path;
}

async function temporaryFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "sluice-compiled-"));
  process.once("exit", () => {
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}
