import type { Logger } from "pino";
import { redactText } from "../redact.js";

/**
 * A promise of a policy that nobody awaits must not end the process when it is rejected: it is logged. `mapStack` rewrites
 * positions to the policies' own files. Returns what ends that.
 */
export function logUnhandledRejections(logger: Logger, mapStack: (stack: string) => string): () => void {
  const onRejection = (reason: unknown) => {
    const stack = reason instanceof Error ? mapStack(reason.stack ?? reason.message) : String(reason);
    logger.error({ err: { stack: redactText(stack) } }, "POLICY_FAILED: a promise that nobody awaits was rejected");
  };
  process.on("unhandledRejection", onRejection);
  return () => {
    process.off("unhandledRejection", onRejection);
  };
}
