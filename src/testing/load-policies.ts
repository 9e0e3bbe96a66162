/** The policies of a test, made ready to be started: bundled once in a process, as long as their files stay the same. */
import { statSync } from "node:fs";
import { extname } from "node:path";
import { bundlePolicy, type PolicyBundleCode } from "../compiler/bundle.js";
import type { CodeCache } from "../host/native/evaluate-bundle.js";
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
  const once = await bundleOnce(file);
  if (engine === "native") {
    return (globals) => compiledPolicy(file, once.bundle, { globals, codeCache: once.codeCache });
  }
  const module = await modulePolicy(file, await (once.module ??= compile(file)));
  return () => module;
}

interface Kept {
  bundle: PolicyBundleCode;
  version: string;
  codeCache: CodeCache;
  /** The compiled module, once it was asked for. */
  module: Promise<Uint8Array> | undefined;
}

const kept = new Map<string, Kept>();

async function bundleOnce(file: string): Promise<Kept> {
  const before = kept.get(file);
  if (before !== undefined && before.version === versionOf(before.bundle)) {
    return before;
  }
  const bundle = await bundlePolicy(file);
  const now: Kept = { bundle, version: versionOf(bundle), codeCache: {}, module: undefined };
  kept.set(file, now);
  return now;
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
