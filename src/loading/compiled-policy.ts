/** A policy's source, bundled and ready to be started any number of times. */
import type { PolicyBundle } from "../abi/port.js";
import { bundlePolicy, type PolicyBundleCode } from "../compiler/bundle.js";
import { loadError } from "../compiler/load-error.js";
import { bundleFilename, createStackMapper } from "../compiler/stack-mapper.js";
import { pluginConfiguration } from "../config/plugin-configuration.js";
import { SluiceError } from "../errors.js";
import { type EvaluationOptions, evaluateBundle } from "../host/native/evaluate-bundle.js";
import { startNativePolicy } from "../host/native/native-policy.js";
import { messageOf, stackOf } from "../thrown.js";
import type { LoadedPolicy } from "./loaded-policy.js";

/** A bundled policy. */
export interface CompiledPolicy extends LoadedPolicy {
  /** The bundle's text. */
  readonly code: string;
  /** What may go wrong at run time, a sentence each. */
  readonly warnings: readonly string[];
  /**
   * The bundle, evaluated at the first call. All uses of the policy share it and its module's state, as the uses of one
   * module share a VM in Envoy; and V8 optimises one copy of the code instead of many.
   *
   * @throws SluiceError `POLICY_BUNDLE`, with the place in the source, when its top level throws
   */
  bundle(): PolicyBundle;
}

/** Bundles the policy in `file`. Throws as `bundlePolicy` does. */
export async function compilePolicy(file: string): Promise<CompiledPolicy> {
  return compiledPolicy(file, await bundlePolicy(file));
}

/**
 * The same from a bundle that was made already.
 *
 * @param options how it is evaluated
 */
export function compiledPolicy(
  file: string,
  // Not the whole of it, which has syntax trees.
  { code, map, warnings, inputs }: Omit<PolicyBundleCode, "output">,
  options: EvaluationOptions = {},
): CompiledPolicy {
  const filename = bundleFilename(file);
  let evaluated: PolicyBundle | undefined;
  const mapStack = createStackMapper(map, filename);
  const evaluate = () => {
    try {
      return (evaluated ??= evaluateBundle(code, filename, options));
    } catch (error) {
      const cause: unknown = error instanceof SluiceError ? (error.cause ?? error) : error;
      throw loadError(file, messageOf(cause), mapStack(stackOf(cause) ?? ""), inputs, error);
    }
  };
  return {
    code,
    warnings,
    bundle: evaluate,
    inputs,
    checkConfig: (config) => evaluate().checkConfig(config),
    mapStack,
    start: (use, surroundings, host) => {
      const configuration = JSON.parse(pluginConfiguration(use, surroundings, "own")) as object;
      return startNativePolicy(evaluate(), { ...host, pluginConfiguration: configuration, filename, mapStack });
    },
  };
}
