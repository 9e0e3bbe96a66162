/** The modules of a gateway file's policies, as files. */
import { writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { compileModule, compilePolicy } from "../compiler/build-module.js";
import { compileNative } from "../compiler/build-native.js";
import { isSluiceModule } from "../compiler/module-section.js";
import { readModule } from "../compiler/policy-file.js";
import { distinctNames, policyInFile } from "../config/located-policy.js";
import type { GatewayConfig } from "../config/types.js";
import { noneShared, type SharedPolicies } from "./policy-runs.js";

/** The module of a policy. */
export interface PolicyModule {
  /** Its file, as Envoy finds it. */
  path: string;
  /** Whether Sluice made it: only then it knows `{ config, sluice }` as its configuration. */
  sluice: boolean;
  /** It is run by `libsluice`, and no WebAssembly. Default: false. */
  native?: boolean;
  /** The policy's name in it, where it has others, too. */
  policy?: string;
}

/** Modules by the absolute paths of their policies. */
export type PolicyModules = ReadonlyMap<string, PolicyModule>;

/** What the module that policies share is called. */
const sharedName = "policies";

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

/**
 * Writes the module of several policies to `path`.
 *
 * @throws SluiceError the errors of `compileModule`
 */
export async function writeSharedModule(shared: SharedPolicies, path: string): Promise<PolicyModules> {
  const { wasm } = await compileModule(
    [...shared].map(([file, name]) => ({ file, name })),
    { takesUses: true },
  );
  await writeFile(path, wasm);
  return new Map([...shared].map(([file, policy]) => [file, { path, sluice: true, policy }]));
}

/**
 * Writes what `libsluice` runs of several policies to `path`.
 *
 * @throws SluiceError the errors of `compileNative`
 */
export async function writeSharedNative(shared: SharedPolicies, path: string): Promise<PolicyModules> {
  const { code } = await compileNative(
    [...shared].map(([file, name]) => ({ file, name })),
    { takesUses: true },
  );
  await writeFile(path, code);
  return new Map([...shared].map(([file, policy]) => [file, { path, sluice: true, native: true, policy }]));
}

/** Writes all modules into `folder`. */
export async function compileModules(
  { routes }: Pick<GatewayConfig, "routes">,
  folder: string,
  shared: SharedPolicies = noneShared,
): Promise<PolicyModules> {
  const files = routes.flatMap(({ policies }) => policies.map(({ file }) => file));
  const own = distinctNames(files.filter((file) => !shared.has(file)).map(policyInFile));
  const modules = new Map(
    shared.size === 0 ? [] : await writeSharedModule(shared, join(folder, fileName(sharedName, own.values()))),
  );
  for (const [file, name] of own) {
    modules.set(file, await writeModule(file, join(folder, `${name}.wasm`)));
  }
  return modules;
}

function fileName(name: string, taken: Iterable<string>): string {
  return [...taken].includes(name) ? fileName(`${name}-`, taken) : `${name}.wasm`;
}
