/** Policies as a module, tried: what is wrong with them is told at the build, whatever they are built for. */
import { fileURLToPath } from "node:url";
import type { LocatedPolicy } from "../config/located-policy.js";
import { buildEngine, type Engine } from "../engine/build-engine.js";
import { compileScripts, type Scripts } from "../engine/compile-scripts.js";
import { snapshotScripts } from "../engine/snapshot.js";
import type { BundleOptions } from "./bundle.js";
import { checkAlgorithms } from "./check-algorithms.js";
import { checkGlobals } from "./check-globals.js";
import { refuseBrokenSchema, snapshotError } from "./module-errors.js";
import { kitVersion, withDescription } from "./module-section.js";
import { type ModuleText, moduleFilename, moduleText } from "./module-text.js";
import { type Verification, verifyModule } from "./verify-module.js";

const defaultCacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

export interface CompileOptions extends BundleOptions {
  /** Where the engine is kept while Sluice runs from its sources; else the package has it. Default: `.cache` of this package. */
  cacheDir?: string;
  /** The file name of the source map, if it will lie beside the module. */
  sourceMapName?: string;
  /** The module is configured with a list of uses (`sluice.uses`), as one of several policies always is. Default: for several. */
  takesUses?: boolean;
  /** Functions keep names and positions that stacks leave out, for profilers. Default: they do not. */
  keepsPositions?: boolean;
}

export interface TriedModule {
  text: ModuleText;
  engine: Engine;
  /** What the engine runs. */
  scripts: Scripts;
  /** The same as a module. */
  wasm: Uint8Array;
  /** What may go wrong at run time, a sentence each. */
  warnings: string[];
}

/**
 * @param policies files (absolute), with names that no two share
 * @throws SluiceError the errors of `compileModule`
 */
export async function triedModule(policies: readonly LocatedPolicy[], options: CompileOptions): Promise<TriedModule> {
  const names = policies.map(({ name }) => name);
  const { sourceMapName: sourceMap, takesUses = names.length > 1 } = options;
  // One text: the policies, what they import and the guest, async functions lowered.
  const [text, engine] = await Promise.all([
    moduleText(policies, options, takesUses),
    buildEngine(options.cacheDir ?? defaultCacheDir),
  ]);
  const warnings = text.policies.flatMap(({ bundle: { output } }) => [
    ...checkGlobals(output),
    ...checkAlgorithms(output.map),
  ]);

  // The engine with that text evaluated in it, as it stands ready in memory.
  const { scripts, snapshot } = await evaluated(engine, text, options).catch((error: unknown) => {
    throw snapshotError(text, error);
  });
  const wasm = withDescription(snapshot, {
    name: takesUses ? names : (names[0] as string),
    version: kitVersion(),
    ...(sourceMap !== undefined && { sourceMap }),
  });

  const trials = await verifyModule(wasm, takesUses ? names.map(configurationOf) : ["{}"]);
  for (const [index, { file }] of policies.entries()) {
    refuseBrokenSchema(file, trials[index] as Verification);
  }
  return { text, engine, scripts, wasm, warnings: [...new Set(warnings)] };
}

async function evaluated(
  engine: Engine,
  { code, webApis, lines }: ModuleText,
  { keepsPositions = false }: CompileOptions,
): Promise<{ scripts: Scripts; snapshot: Uint8Array }> {
  const scripts = await compileScripts(engine, code, moduleFilename, webApis, keepsPositions ? undefined : lines);
  return { scripts, snapshot: await snapshotScripts(engine, scripts) };
}

/** One of a module's policies by itself, without a configuration of its own. */
function configurationOf(policy: string): string {
  return JSON.stringify({ sluice: { uses: [{ policy, config: {} }] } });
}
