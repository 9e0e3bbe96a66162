import type { ConfigProblem } from "../abi/port.js";
import type { PolicySurroundings } from "../config/plugin-configuration.js";
import type { PolicyUse } from "../config/types.js";
import type { PolicyHostOptions } from "../host/hostcalls/policy-hostcalls.js";
import type { RunningPolicy } from "../host/policy-runtime.js";

/** A policy as gateways and tests take it, ready to be started any number of times. */
export interface LoadedPolicy {
  /** Absolute paths of the files that went in, to be watched. */
  readonly inputs: readonly string[];
  /** The problems of a configuration, empty when it is fine. */
  checkConfig(config: unknown): ConfigProblem[];
  /** Rewrites the positions in a stack to the policy's own files. */
  mapStack(stack: string): string;
  /** Starts one use of it. Throws as `startNativePolicy` or `startWasmPolicy` does. */
  start(use: PolicyUse, surroundings: PolicySurroundings, host: PolicyHostOptions): RunningPolicy;
}
