/** The source of a policy, or of several, becomes a file that Envoy runs by `libsluice`. */
import { resolve } from "node:path";
import { type LocatedPolicy, policyInFile } from "../config/located-policy.js";
import { buildPrelude } from "../engine/build-prelude.js";
import type { CompileOptions } from "./build-module.js";
import { checkGlobals } from "./check-globals.js";
import { moduleSourceMap } from "./module-source-map.js";
import { moduleText } from "./module-text.js";

/** What {@link compileNative} makes. Two builds of the same sources give the same bytes, wherever they are. */
export interface NativePolicies {
  /** The file. */
  code: Uint8Array;
  /** The source map (version 3, JSON) of the bundle inside. */
  map: string;
  /** What may go wrong at run time, a sentence each. */
  warnings: string[];
}

/** The file of the policy in `file` alone; see {@link compileNative}. */
export function compileNativePolicy(file: string, options: CompileOptions = {}): Promise<NativePolicies> {
  return compileNative([policyInFile(resolve(file))], options);
}

/**
 * The text of policies and the prelude's, with a first line that tells `libsluice` how long both are.
 *
 * @param policies files (absolute), with names that no two share
 * @throws SluiceError the errors of `bundlePolicy`; POLICY_GLOBAL
 */
export async function compileNative(
  policies: readonly LocatedPolicy[],
  options: CompileOptions = {},
): Promise<NativePolicies> {
  const { takesUses = policies.length > 1 } = options;
  const text = await moduleText(policies, options, takesUses);
  const warnings = text.policies.flatMap(({ bundle }) => checkGlobals(bundle.output));
  const prelude = Buffer.from(await buildPrelude(text.webApis));
  // On one line with the code's first, so that the lines of stacks are the bundle's.
  const bundle = Buffer.from(`(function (module, exports) {${text.code}\n})`);
  const end = Uint8Array.of(0);
  return {
    code: Buffer.concat([
      Buffer.from(`sluice-native 1 ${prelude.length} ${bundle.length}\n`),
      prelude,
      end,
      bundle,
      end,
    ]),
    map: moduleSourceMap(text),
    warnings: [...new Set(warnings)],
  };
}
