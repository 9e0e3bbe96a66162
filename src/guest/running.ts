/** Which policy is running now, for what has no parameter to tell: the globals `console` and `setTimeout`. */
import type { Logger } from "../policy/context.js";
import type { Timers } from "./timers.js";

export interface Running {
  readonly logger: Logger;
  readonly timers: Timers;
  /** The engine shall know whose code runs, in case it takes too long. */
  tellEngine(): void;
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

/** `setRunning` for code that goes on, perhaps in an event of somebody else. */
export function resumeRunning(running: Running): Running | undefined {
  running.tellEngine();
  return setRunning(running);
}

export function restoreRunning(before: Running | undefined): void {
  if (before !== undefined && before !== current) before.tellEngine();
  current = before;
}

/** The engine ended running code by force: nobody runs. */
export function forgetRunning(): void {
  current = undefined;
}

/** Who runs; in a promise job, where nobody can tell, who ran last. */
export function whoRuns(): Running | undefined {
  return current ?? last;
}
