import { SluiceError } from "../errors.js";
import { loadError } from "../compiler/load-error.js";
import type { CompiledPolicy } from "../gateway/index.js";

/** Loading runs the top level of the policy in `file`: throws POLICY_BUNDLE with the place in the source where that fails. */
export function assertLoads(file: string, compiled: CompiledPolicy): void {
  try {
    compiled.bundle();
  } catch (error) {
    const cause: unknown = error instanceof SluiceError ? (error.cause ?? error) : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    const stack = cause instanceof Error ? compiled.mapStack(cause.stack ?? "") : "";
    throw loadError(file, message, stack, compiled.inputs, error);
  }
}
