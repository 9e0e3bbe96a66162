/** The source of a policy, or of several, becomes a file that Envoy runs by `libsluice`. */
import { resolve } from "node:path";
import { type LocatedPolicy, policyInFile } from "../config/located-policy.js";
import { kitVersion } from "./module-section.js";
import { moduleSourceMap } from "./module-source-map.js";
import { type CompileOptions, triedModule } from "./tried-module.js";

/** What {@link compileNative} makes. Two builds of the same sources give the same bytes, wherever they are. */
export interface NativePolicies {
  /** The file. */
  code: Uint8Array;
  /** The source map (version 3, JSON) of the bundle inside. */
  map: string;
  /** What may go wrong at run time, a sentence each. */
  warnings: string[];
  /** The names of those that may see responses. */
  seeing: ReadonlySet<string>;
}

/** The file of the policy in `file` alone; see {@link compileNative}. */
export function compileNativePolicy(file: string, options: CompileOptions = {}): Promise<NativePolicies> {
  return compileNative([policyInFile(resolve(file))], options);
}

/** `src/engine/native/vms.c` reads it. */
const format = 2;

/**
 * The bytecode of policies and of the prelude, with a first line that tells `libsluice` of which engine it is and how long both are, and
 * people which policies these are. It has run as a module before.
 *
 * @param policies files (absolute), with names that no two share
 * @throws SluiceError the errors of `compileModule`
 */
export async function compileNative(
  policies: readonly LocatedPolicy[],
  options: CompileOptions = {},
): Promise<NativePolicies> {
  const { text, engine, scripts, warnings } = await triedModule(policies, options);
  const { prelude, bundle } = scripts;
  const names = policies.map(({ name }) => name).join();
  const line = `sluice-native ${format} ${engine.stamp} ${prelude.length} ${bundle.length} ${kitVersion()} ${names}\n`;
  return {
    code: Buffer.concat([Buffer.from(line), prelude, bundle]),
    map: moduleSourceMap(text),
    warnings,
    seeing: new Set(text.policies.filter(({ bundle: { output } }) => output.seesResponses).map(({ name }) => name)),
  };
}
