/** Which policy is running now, for what has no parameter to tell: the globals `console` and `setTimeout`. */
import type { Logger } from "../policy/context.js";
import type { Timers } from "./timers.js";

export interface Running {
  readonly logger: Logger;
  readonly timers: Timers;
  /** Writes what was thrown to the log, with its stack in the policy's own files. */
  logThrown(message: string, error: unknown): void;
}

let current: Running | undefined;
let last: Running | undefined;

/** Says who runs from now on; returns who did before, for `restoreRunning`. */
export function setRunning(running: Running): Running | undefined {
  const before = current;
  current = running;
  last = running;
  return before;
}

export function restoreRunning(before: Running | undefined): void {
  current = before;
}

/** Who runs; in a promise job, where nobody can tell, who ran last. */
export function whoRuns(): Running | undefined {
  return current ?? last;
}
