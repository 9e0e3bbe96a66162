/** A policy's source, bundled and ready to be started any number of times. */
import type { ConfigProblem, PolicyBundle } from "../abi/port.js";
import { bundlePolicy, type PolicyBundleCode } from "../compiler/bundle.js";
import { bundleFilename, createStackMapper } from "../compiler/stack-mapper.js";
import { evaluateBundle } from "../host/native/evaluate-bundle.js";

/** A bundled policy. */
export interface CompiledPolicy {
  /** The bundle's text. */
  readonly code: string;
  /**
   * The bundle, evaluated at the first call. All uses of the policy share it and its module's state, as the uses of one
   * module share a VM in Envoy; and V8 optimises one copy of the code instead of many.
   */
  bundle(): PolicyBundle;
  /** Absolute paths of the files that went in, to be watched. */
  readonly inputs: readonly string[];
  /** The problems of a configuration, empty when it is fine. */
  checkConfig(config: unknown): ConfigProblem[];
  /** Rewrites the positions in a stack from the bundle to the policy's own files. */
  mapStack(stack: string): string;
}

/** Bundles the policy in `file`. Throws as `bundlePolicy` does. */
export async function compilePolicy(file: string): Promise<CompiledPolicy> {
  return compiledPolicy(file, await bundlePolicy(file));
}

/** The same from a bundle that was made already. */
export function compiledPolicy(file: string, bundle: PolicyBundleCode): CompiledPolicy {
  const filename = bundleFilename(file);
  let evaluated: PolicyBundle | undefined;
  const evaluate = () => (evaluated ??= evaluateBundle(bundle.code, filename));
  return {
    code: bundle.code,
    bundle: evaluate,
    inputs: bundle.inputs,
    checkConfig: (config) => evaluate().checkConfig(config),
    mapStack: createStackMapper(bundle.map, filename),
  };
}
