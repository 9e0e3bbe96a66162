/** Which policy is running now, for what has no parameter to tell: the globals `console` and `setTimeout`. */
import { currentEvent, type Running } from "./current-event.js";

/** In `FILTER_LOOP`, where no filter is to blame. */
export const codeNobodyWaitsFor = "code that nobody waits for";

/** Says who runs from now on; returns who did before, for `restoreRunning`. */
export function setRunning(running: Running): Running | undefined {
  const before = currentEvent.running;
  currentEvent.running = running;
  currentEvent.lastRunning = running;
  return before;
}

/** `setRunning` for code that goes on, perhaps in an event of somebody else. */
export function resumeRunning(running: Running): Running | undefined {
  running.tellEngine();
  return setRunning(running);
}

export function restoreRunning(before: Running | undefined): void {
  if (before !== undefined && before !== currentEvent.running) {
    before.tellEngine();
  }
  currentEvent.running = before;
}

/** The engine ended running code by force: nobody runs. */
export function forgetRunning(): void {
  currentEvent.running = undefined;
}

/** Who runs; in a promise job, where nobody can tell, who ran last. */
export function whoRuns(): Running | undefined {
  return currentEvent.running ?? currentEvent.lastRunning;
}
