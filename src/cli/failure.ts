import { inspect } from "node:util";
import { errorTable, SluiceError } from "../errors.js";
import { plainLines } from "../plain-text.js";

/**
 * Tells on standard error why the command failed, and gives its exit code: 2 for what its user has to correct in the
 * command line, a file or a policy, else 1. Only defects have a stack.
 */
export function reportFailure(error: unknown): number {
  if (!(error instanceof SluiceError)) {
    console.error(plainLines(inspect(error)));
    return 1;
  }
  const { who, fix } = errorTable[error.code];
  const atRunTime = who === "operation" || error.code === "LISTEN_FAILED";
  console.error(plainLines(`${error.message}\n\n${error.code}: ${fix}`));
  return atRunTime ? 1 : 2;
}
