/** The source of a policy, or of several, becomes one proxy-wasm module. */
import { resolve } from "node:path";
import { type LocatedPolicy, policyInFile } from "../config/located-policy.js";
import { moduleSourceMap } from "./module-source-map.js";
import { reportSize, type SizeReport } from "./size-report.js";
import { type CompileOptions, triedModule } from "./tried-module.js";

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
  const { text, engine, wasm, warnings } = await triedModule(policies, options);
  return {
    wasm,
    map: moduleSourceMap(text),
    measure: () => reportSize({ wasm, engine, text }),
    warnings,
  };
}
