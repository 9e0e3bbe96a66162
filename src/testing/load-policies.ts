/** The policies of a test, made ready to be started: bundled once in a process, as long as their files stay the same. */
import { statSync } from "node:fs";
import { extname } from "node:path";
import { bundlePolicy, type PolicyBundleCode } from "../compiler/bundle.js";
import type { Replacements } from "../compiler/resolve-imports.js";
import type { CompiledBundle } from "../host/native/evaluate-bundle.js";
import { compiledPolicy } from "../loading/compiled-policy.js";
import type { LoadedPolicy } from "../loading/loaded-policy.js";
import { loadModulePolicy, modulePolicy } from "../loading/module-policy.js";
import type { TestSetup } from "./options.js";
import { assertReplaced } from "./replacements.js";

/** Makes a policy ready for one worker, with what stands in place of globals for a policy that runs in this process. */
export type PolicyLoader = (globals: Readonly<Record<string, unknown>>) => LoadedPolicy;

/** By the absolute path of their files. Throws what bundling, compiling or reading a policy throws. */
export async function loadPolicies(setup: TestSetup): Promise<ReadonlyMap<string, PolicyLoader>> {
  const files = [...new Set(setup.uses.map(({ file }) => file))];
  const policies = await Promise.all(files.map(async (file) => ({ file, ...(await readyPolicy(file, setup)) })));
  assertReplaced(
    setup.replacements,
    policies.flatMap(({ packages }) => packages),
  );
  return new Map(policies.map(({ file, load }) => [file, load]));
}

interface ReadyPolicy {
  load: PolicyLoader;
  /** By what its source imports packages. */
  packages: readonly string[];
}

async function readyPolicy(file: string, { engine, replacements }: TestSetup): Promise<ReadyPolicy> {
  if (extname(file) === ".wasm") {
    const module = await loadModulePolicy(file);
    return { load: () => module, packages: [] };
  }
  const once = await bundleOnce(file, replacements);
  const { bundle, compiled } = once;
  if (engine === "native") {
    return { load: (globals) => compiledPolicy(file, bundle, { globals, compiled }), packages: bundle.packages };
  }
  const module = await modulePolicy(file, await (once.module ??= compile(file, replacements)));
  return { load: () => module, packages: bundle.packages };
}

interface Kept {
  /** Not what it was made of: syntax trees are large, and a run of tests keeps a hundred bundles. */
  bundle: Omit<PolicyBundleCode, "output">;
  version: string;
  compiled: CompiledBundle;
  /** The compiled module, once it was asked for. */
  module: Promise<Uint8Array> | undefined;
}

/** By the file and what is replaced in it. */
const kept = new Map<string, Kept>();

async function bundleOnce(file: string, replacements: Replacements): Promise<Kept> {
  const key = JSON.stringify([file, replacements]);
  const before = kept.get(key);
  if (before !== undefined && before.version === versionOf(before.bundle)) {
    return before;
  }
  const { output: _, ...bundle } = await bundlePolicy(file, { replacements });
  const now: Kept = { bundle, version: versionOf(bundle), compiled: {}, module: undefined };
  kept.set(key, now);
  return now;
}

/** The compiler of modules is loaded where one is wanted: most tests run natively, and want to begin soon. */
async function compile(file: string, replacements: Replacements): Promise<Uint8Array> {
  const { compilePolicy } = await import("../compiler/build-module.js");
  return (await compilePolicy(file, { replacements })).wasm;
}

/** Changes when a file that went in does. */
function versionOf({ inputs }: Pick<PolicyBundleCode, "inputs">): string {
  return inputs.map((input) => statSync(input, { throwIfNoEntry: false })?.mtimeMs ?? "gone").join(" ");
}
