/** A policy's module, of any proxy-wasm SDK. */
import type { ConfigProblem } from "../abi/port.js";
import { readModule } from "../compiler/policy-file.js";
import { policyName } from "../config/located-policy.js";
import { moduleConfiguration, type PolicySurroundings } from "../config/plugin-configuration.js";
import type { PolicyUse } from "../config/types.js";
import { SluiceError } from "../errors.js";
import { type Clock, systemClock } from "../host/clock.js";
import { defaultLimits } from "../host/exchange.js";
import type { Upstreams } from "../host/upstreams.js";
import { loadWasmModule, type WasmPolicyModule } from "../host/wasm/wasm-module.js";
import { startWasmPolicy } from "../host/wasm/wasm-policy.js";
import { shownPath } from "../source-frame.js";
import type { LoadedPolicy } from "./loaded-policy.js";

/**
 * Reads and checks the module in `file`.
 *
 * @throws SluiceError POLICY_NOT_FOUND, POLICY_MODULE
 */
export async function loadModulePolicy(file: string): Promise<LoadedPolicy> {
  return modulePolicy(file, await readModule(file));
}

/**
 * The same of a module that was read or built already.
 *
 * @throws SluiceError POLICY_MODULE
 */
export async function modulePolicy(file: string, bytes: Uint8Array): Promise<LoadedPolicy> {
  const module = await loadWasmModule(bytes, shownPath(file));
  const policies = module.sluice?.name;
  if (typeof policies === "object") {
    throw new SluiceError(
      "POLICY_MODULE",
      `${shownPath(file)}: expected a module of one policy, got one of several: ${policies.join(", ")}. Name their sources; sluice envoy makes a module of them by itself.`,
    );
  }
  return {
    inputs: [file],
    checkConfig: (config) => checkConfig(module, file, config),
    mapStack: (stack) => stack,
    start: (use, surroundings, host) =>
      startWasmPolicy(module, {
        ...host,
        pluginConfiguration: configurationFor(module, use, surroundings),
        onError: use.onError,
      }),
  };
}

function configurationFor(module: WasmPolicyModule, use: PolicyUse, surroundings: PolicySurroundings): Uint8Array {
  return Buffer.from(moduleConfiguration(use, surroundings, { sluice: module.sluice !== undefined, buffers: "own" }));
}

/** Starts the module and ends it at once: whether a configuration is fine, only the module knows. */
function checkConfig(module: WasmPolicyModule, file: string, config: unknown): ConfigProblem[] {
  const name = policyName(file);
  const use: PolicyUse = { file, name, config, onError: "deny", partialRequests: "prevent" };
  try {
    const policy = startWasmPolicy(module, {
      name,
      pluginConfiguration: configurationFor(module, use, { name: "check", limits: defaultLimits }),
      clock: stoppedClock,
      upstreams: silentUpstreams,
      onLog: () => undefined,
      onError: "deny",
    });
    void policy.close();
    return [];
  } catch (error) {
    if (error instanceof SluiceError) {
      return [{ path: "", message: error.message }];
    }
    throw error;
  }
}

/** No tick comes, and nothing is waited for. */
const stoppedClock: Clock = { ...systemClock, schedule: () => () => undefined };

/** Takes every call that a module makes while it is configured, and never answers. */
const silentUpstreams: Upstreams = {
  has: () => true,
  forward: () => {
    throw new SluiceError("INTERNAL", "A module that is only checked got a request.");
  },
  call: () => () => undefined,
  grpc: () => ({ send: () => undefined, end: () => undefined, cancel: () => undefined }),
};
