/** The policies of a test, made ready to be started: bundled once in a process, as long as their files stay the same. */
import { statSync } from "node:fs";
import { extname } from "node:path";
import { bundlePolicy, type PolicyBundleCode } from "../compiler/bundle.js";
import { compiledPolicy } from "../loading/compiled-policy.js";
import type { LoadedPolicy } from "../loading/loaded-policy.js";
import { loadModulePolicy, modulePolicy } from "../loading/module-policy.js";
import type { TestSetup } from "./options.js";

/** Makes a policy ready for one worker, with what stands in place of globals for a policy that runs in this process. */
export type PolicyLoader = (globals: Readonly<Record<string, unknown>>) => LoadedPolicy;

/** By the absolute path of their files. Throws what bundling, compiling or reading a policy throws. */
export async function loadPolicies({ uses, engine }: TestSetup): Promise<ReadonlyMap<string, PolicyLoader>> {
  const files = [...new Set(uses.map(({ file }) => file))];
  return new Map(await Promise.all(files.map(async (file) => [file, await loaderOf(file, engine)] as const)));
}

async function loaderOf(file: string, engine: TestSetup["engine"]): Promise<PolicyLoader> {
  if (extname(file) === ".wasm") {
    const module = await loadModulePolicy(file);
    return () => module;
  }
  const bundle = await bundleOnce(file);
  if (engine === "native") return (globals) => compiledPolicy(file, bundle, globals);
  const module = await modulePolicy(file, await compileOnce(file, bundle));
  return () => module;
}

interface Kept {
  bundle: PolicyBundleCode;
  version: string;
  module: Promise<Uint8Array> | undefined;
}

const kept = new Map<string, Kept>();

async function bundleOnce(file: string): Promise<PolicyBundleCode> {
  const before = kept.get(file);
  if (before !== undefined && before.version === versionOf(before.bundle)) return before.bundle;
  const bundle = await bundlePolicy(file);
  kept.set(file, { bundle, version: versionOf(bundle), module: undefined });
  return bundle;
}

function compileOnce(file: string, bundle: PolicyBundleCode): Promise<Uint8Array> {
  const entry = kept.get(file);
  if (entry?.bundle !== bundle) return compile(file);
  return (entry.module ??= compile(file));
}

/** The compiler of modules is loaded where one is wanted: most tests run natively, and want to begin soon. */
async function compile(file: string): Promise<Uint8Array> {
  const { compilePolicy } = await import("../compiler/build-module.js");
  return (await compilePolicy(file)).wasm;
}

/** Changes when a file that went in does. */
function versionOf({ inputs }: PolicyBundleCode): string {
  return inputs.map((input) => statSync(input, { throwIfNoEntry: false })?.mtimeMs ?? "gone").join(" ");
}
