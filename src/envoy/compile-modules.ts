/** The modules of a gateway file's policies, as files. */
import { writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { compilePolicy } from "../compiler/build-module.js";
import { isSluiceModule } from "../compiler/module-section.js";
import { readModule } from "../compiler/policy-file.js";
import { policyName } from "../config/located-policy.js";
import type { GatewayConfig } from "../config/types.js";

/** The module of a policy. */
export interface PolicyModule {
  /** Its file, as Envoy finds it. */
  path: string;
  /** Whether Sluice made it: only then it knows `{ config, sluice }` as its configuration. */
  sluice: boolean;
}

/** Modules by the absolute paths of their policies. */
export type PolicyModules = ReadonlyMap<string, PolicyModule>;

/** Name of its module, `<policy>.wasm`, by the absolute path of each policy that the routes use. */
export function moduleNames(config: GatewayConfig): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { file } of config.routes.flatMap(({ policies }) => policies)) {
    if (names.has(file)) {
      continue;
    }
    let name = policyName(file);
    for (let count = 2; taken.has(name); count += 1) {
      name = `${policyName(file)}-${count}`;
    }
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
export async function writeModule(file: string, path: string): Promise<PolicyModule> {
  const wasm = extname(file) === ".wasm" ? await readModule(file) : (await compilePolicy(file)).wasm;
  await writeFile(path, wasm);
  return { path, sluice: isSluiceModule(wasm) };
}

/** Writes all modules into `folder`. */
export async function compileModules(config: GatewayConfig, folder: string): Promise<PolicyModules> {
  const modules = new Map<string, PolicyModule>();
  for (const [file, name] of moduleNames(config)) {
    modules.set(file, await writeModule(file, join(folder, name)));
  }
  return modules;
}
