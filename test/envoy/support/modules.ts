/** Modules by the file of their policy: compiling takes longer than starting Envoy. */

import { rmSync } from "node:fs";
import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayConfig } from "../../../src/config/types.js";
import {
  type PolicyModule,
  type PolicyModules,
  writeModule,
  writeSharedModule,
  writeSharedNative,
} from "../../../src/envoy/compile-modules.js";
import type { SharedPolicies } from "../../../src/envoy/policy-runs.js";

let folder: Promise<string> | undefined;
const compiled = new Map<string, Promise<PolicyModule>>();
const shared = new Map<string, Promise<PolicyModules>>();

/** Writes the code for `libsluice` of all a gateway file's policies into `into`. */
export async function writeNativeModules(config: GatewayConfig, into: string, library: string): Promise<PolicyModules> {
  const files = new Set(config.routes.flatMap(({ policies }) => policies.map(({ file }) => file)));
  const names = new Map([...files].map((file, index) => [file, `policy-${index}`]));
  return writeSharedNative(names, into, library);
}

/** Writes the modules that a gateway file's policies have, and share, into `into`. `together`: those that share one. */
export async function copyModules(
  config: GatewayConfig,
  together: SharedPolicies,
  into: string,
): Promise<PolicyModules> {
  const files = new Set(config.routes.flatMap(({ policies }) => policies.map(({ file }) => file)));
  const modules = new Map(together.size === 0 ? [] : await copyShared(together, join(into, "policies.wasm")));
  for (const file of files) {
    if (!modules.has(file)) {
      modules.set(file, await copyModule(file, join(into, `${modules.size}.wasm`)));
    }
  }
  return modules;
}

async function copyShared(policies: SharedPolicies, path: string): Promise<PolicyModules> {
  const key = [...policies.keys()].join("\n");
  let written = shared.get(key);
  if (written === undefined) {
    folder ??= temporaryFolder();
    written = writeSharedModule(policies, join(await folder, `shared-${shared.size}.wasm`));
    shared.set(key, written);
  }
  const modules = await written;
  for (const { path: source } of [...modules.values()].slice(0, 1)) {
    await copyFile(source, path);
  }
  return new Map([...modules].map(([file, module]) => [file, { ...module, path }]));
}

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
