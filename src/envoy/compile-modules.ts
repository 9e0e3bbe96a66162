/** The modules of a gateway file's policies, as files. */
import { copyFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { compilePolicy } from "../compiler/build-module.js";
import { policyName } from "../config/located-policy.js";
import type { GatewayConfig } from "../config/types.js";

/** Name of its module, `<policy>.wasm`, by the absolute path of each policy that the routes use. */
export function moduleNames(config: GatewayConfig): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { file } of config.routes.flatMap(({ policies }) => policies)) {
    if (names.has(file)) continue;
    let name = policyName(file);
    for (let count = 2; taken.has(name); count += 1) name = `${policyName(file)}-${count}`;
    taken.add(name);
    names.set(file, `${name}.wasm`);
  }
  return names;
}

/**
 * Writes the module of the policy in `file` to `path`. A policy that is a module already is copied.
 *
 * @throws SluiceError the errors of `compilePolicy`
 */
export async function writeModule(file: string, path: string): Promise<void> {
  if (extname(file) === ".wasm") await copyFile(file, path);
  else await writeFile(path, (await compilePolicy(file)).wasm);
}

/** Writes all modules into `folder`; their paths by the absolute paths of the policies. */
export async function compileModules(config: GatewayConfig, folder: string): Promise<ReadonlyMap<string, string>> {
  const modules = new Map<string, string>();
  for (const [file, name] of moduleNames(config)) {
    const path = join(folder, name);
    await writeModule(file, path);
    modules.set(file, path);
  }
  return modules;
}
