/** The source of a policy, or of several, becomes one proxy-wasm module. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocatedPolicy, policyInFile } from "../config/located-policy.js";
import { buildEngine } from "../engine/build-engine.js";
import { snapshotModule } from "../engine/snapshot.js";
import type { BundleOptions } from "./bundle.js";
import { checkAlgorithms } from "./check-algorithms.js";
import { checkGlobals } from "./check-globals.js";
import { refuseBrokenSchema, snapshotError } from "./module-errors.js";
import { kitVersion, withDescription } from "./module-section.js";
import { moduleSourceMap } from "./module-source-map.js";
import { moduleFilename, moduleText } from "./module-text.js";
import { reportSize, type SizeReport } from "./size-report.js";
import { type Verification, verifyModule } from "./verify-module.js";

const defaultCacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

export interface CompileOptions extends BundleOptions {
  /** Where the engine is kept while Sluice runs from its sources; else the package has it. Default: `.cache` of this package. */
  cacheDir?: string;
  /** The file name of the source map, if it will lie beside the module. */
  sourceMapName?: string;
  /** The module is configured with a list of uses (`sluice.uses`), as one of several policies always is. Default: for several. */
  takesUses?: boolean;
}

/** What {@link compileModule} makes. Two builds of the same sources give the same bytes, wherever they are. */
export interface CompiledModule {
  /** The module that Envoy runs. */
  wasm: Uint8Array;
  /** The source map (version 3, JSON) of the bundle inside: what `policy.js` is in the module. */
  map: string;
  /** What its bytes are spent on. Told on demand: that takes a third of the time of the build. */
  measure: () => Promise<SizeReport>;
  /** What may go wrong at run time, a sentence each. */
  warnings: string[];
}

/** A module of the policy in `file` alone; see {@link compileModule}. */
export function compilePolicy(file: string, options: CompileOptions = {}): Promise<CompiledModule> {
  return compileModule([policyInFile(resolve(file))], options);
}

/**
 * Compiles policies to one module that Envoy runs, and tries it.
 *
 * @param policies files (absolute), with names that no two share
 * @throws SluiceError the errors of `bundlePolicy`; POLICY_GLOBAL for a global that is missing in the engine; POLICY_BUNDLE
 *   when the policy throws while it is loaded; POLICY_SCHEMA or SCHEMA_ASYNC when its schema cannot be asked; BUILD_VERIFY;
 *   ENGINE_MISSING.
 */
export async function compileModule(
  policies: readonly LocatedPolicy[],
  options: CompileOptions = {},
): Promise<CompiledModule> {
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
  const snapshot = await snapshotModule(engine, text.code, { ...text, filename: moduleFilename }).catch(
    (error: unknown) => {
      throw snapshotError(text, error);
    },
  );
  const wasm = withDescription(snapshot, {
    name: takesUses ? names : (names[0] as string),
    version: kitVersion(),
    ...(sourceMap !== undefined && { sourceMap }),
  });

  const trials = await verifyModule(wasm, takesUses ? names.map(configurationOf) : ["{}"]);
  for (const [index, { file }] of policies.entries()) {
    refuseBrokenSchema(file, trials[index] as Verification);
  }
  return {
    wasm,
    map: moduleSourceMap(text),
    measure: () => reportSize({ wasm, engine, text }),
    warnings: [...new Set(warnings)],
  };
}

/** One of a module's policies by itself, without a configuration of its own. */
function configurationOf(policy: string): string {
  return JSON.stringify({ sluice: { uses: [{ policy, config: {} }] } });
}
