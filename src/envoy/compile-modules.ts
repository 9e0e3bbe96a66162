/** The modules of a gateway file's policies, as files. */
import { createHash } from "node:crypto";
import { copyFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { compileModule, compilePolicy } from "../compiler/build-module.js";
import { compileNative, compileNativePolicy } from "../compiler/build-native.js";
import { isSluiceModule } from "../compiler/module-section.js";
import { readModule } from "../compiler/policy-file.js";
import { distinctNames, policyInFile } from "../config/located-policy.js";
import type { GatewayConfig } from "../config/types.js";
import type { NativeLibrary } from "./native/library.js";
import { noneShared, type SharedPolicies } from "./policy-runs.js";

/** The module of a policy. */
export interface PolicyModule {
  /** Its file, as Envoy finds it. */
  path: string;
  /** Whether Sluice made it: only then it knows `{ config, sluice }` as its configuration. */
  sluice: boolean;
  /** The `libsluice` that runs it, as Envoy finds that; undefined for WebAssembly. */
  library?: string;
  /** The policy's name in it, where it has others, too. */
  policy?: string;
  /** It may see responses. Default: it may. */
  seesResponses?: boolean;
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
 * Writes what `libsluice` runs of several policies into `folder`.
 *
 * @param library as Envoy finds it
 * @throws SluiceError the errors of `compileNative`
 */
export async function writeSharedNative(
  shared: SharedPolicies,
  folder: string,
  library: string,
): Promise<PolicyModules> {
  const policies = [...shared].map(([file, name]) => ({ file, name }));
  const { code, seeing } = await compileNative(policies, { takesUses: true });
  const path = await writeCode(code, sharedName, folder);
  return new Map(
    [...shared].map(([file, policy]) => [
      file,
      { path, sluice: true, library, policy, seesResponses: seeing.has(policy) },
    ]),
  );
}

export interface ModulesOptions {
  /** The policies that share a module. Default: none. */
  shared?: SharedPolicies;
  /** It runs the policies from source, and comes to lie beside them. Default: they become modules. */
  library?: NativeLibrary | undefined;
}

/** Writes all modules into `folder`. */
export async function compileModules(
  { routes }: Pick<GatewayConfig, "routes">,
  folder: string,
  { shared = noneShared, library }: ModulesOptions = {},
): Promise<PolicyModules> {
  const files = routes.flatMap(({ policies }) => policies.map(({ file }) => file));
  const own = distinctNames(files.filter((file) => !shared.has(file)).map(policyInFile));
  const modules = new Map(
    library !== undefined
      ? await writeNative({ own, shared }, folder, library)
      : shared.size > 0
        ? await writeSharedModule(shared, join(folder, fileName(sharedName, own.values())))
        : [],
  );
  for (const [file, name] of own) {
    if (!modules.has(file)) {
      modules.set(file, await writeModule(file, join(folder, `${name}.wasm`)));
    }
  }
  return modules;
}

/** The policies from source as files of code, and their library. */
async function writeNative(
  { own, shared }: { own: ReadonlyMap<string, string>; shared: SharedPolicies },
  folder: string,
  { path: installed, fileName: name }: NativeLibrary,
): Promise<PolicyModules> {
  const library = join(folder, name);
  const modules = new Map(shared.size === 0 ? [] : await writeSharedNative(shared, folder, library));
  for (const [file, policy] of own) {
    if (extname(file) !== ".wasm") {
      const { code, seeing } = await compileNativePolicy(file);
      const path = await writeCode(code, policy, folder);
      modules.set(file, { path, sluice: true, library, seesResponses: seeing.size > 0 });
    }
  }
  if (modules.size > 0) {
    await copyFile(installed, library);
  }
  return modules;
}

/** Envoys that run know a file by its path: another content gets another one. */
async function writeCode(code: Uint8Array, name: string, folder: string): Promise<string> {
  const path = join(folder, codeFileName(name, code));
  await writeFile(path, code);
  return path;
}

/** What the file of policies that are run natively is called. */
export function codeFileName(name: string, code: Uint8Array): string {
  return `${name}-${createHash("sha256").update(code).digest("hex").slice(0, 8)}.native`;
}

function fileName(name: string, taken: Iterable<string>): string {
  return [...taken].includes(name) ? fileName(`${name}-`, taken) : `${name}.wasm`;
}
