/** A policy's source becomes one proxy-wasm module. */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { policyName } from "../config/located-policy.js";
import { buildEngine } from "../engine/build-engine.js";
import { snapshotModule } from "../engine/snapshot.js";
import { type BundleOptions, bundlePolicy } from "./bundle.js";
import { checkGlobals } from "./check-globals.js";
import { moduleCode, moduleFilename } from "./module-code.js";
import { refuseBrokenSchema, snapshotError } from "./module-errors.js";
import { kitVersion, withDescription } from "./module-section.js";
import { moduleSourceMap } from "./module-source-map.js";
import { reportSize, type SizeReport } from "./size-report.js";
import { verifyModule } from "./verify-module.js";

const defaultCacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

export interface CompileOptions extends BundleOptions {
  /** Where the engine is kept while Sluice runs from its sources; else the package has it. Default: `.cache` of this package. */
  cacheDir?: string;
  /** The file name of the source map, if it will lie beside the module. */
  sourceMapName?: string;
}

/** What {@link compilePolicy} makes. Two builds of the same sources give the same bytes, wherever they are. */
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

/**
 * Compiles the policy in `file` to a module that Envoy runs, and tries it.
 *
 * @throws SluiceError the errors of `bundlePolicy`; POLICY_GLOBAL for a global that is missing in the engine; POLICY_BUNDLE
 *   when the policy throws while it is loaded; POLICY_SCHEMA or SCHEMA_ASYNC when its schema cannot be asked; BUILD_VERIFY;
 *   ENGINE_MISSING.
 */
export async function compilePolicy(file: string, options: CompileOptions = {}): Promise<CompiledModule> {
  const path = resolve(file);
  // One text: the policy, what it imports and the guest, async functions lowered.
  const [bundle, engine] = await Promise.all([
    bundlePolicy(path, options),
    buildEngine(options.cacheDir ?? defaultCacheDir),
  ]);
  const warnings = checkGlobals(bundle);

  // The engine with that text evaluated in it, as it stands ready in memory.
  const { code, mappingsBytes } = moduleCode(path, bundle);
  const snapshot = await snapshotModule(engine, code, moduleFilename).catch((error: unknown) => {
    throw snapshotError(path, bundle, error);
  });
  const { sourceMapName: sourceMap } = options;
  const wasm = withDescription(snapshot, {
    name: policyName(path),
    version: kitVersion(),
    ...(sourceMap !== undefined && { sourceMap }),
  });

  refuseBrokenSchema(path, await verifyModule(wasm));
  return {
    wasm,
    map: moduleSourceMap(bundle.map, dirname(path)),
    measure: () => reportSize({ wasm, engine, sources: bundle.sources, mappingsBytes }),
    warnings,
  };
}
