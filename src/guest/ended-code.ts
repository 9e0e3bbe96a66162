/** What every guest does about code that was ended by force, and about what nobody waits for. */
import { takeUnfinished } from "../policy/run-all.js";
import type { Running } from "./current-event.js";
import { forgetCall, rejectingCode } from "./frame.js";
import type { HostAccess } from "./host-access.js";
import { forgetRunning, whoRuns } from "./running.js";
import type { Timers } from "./timers.js";

/** The engine has ended running code by force: puts in order what no `finally` of it did. */
export function afterCutOff(access: HostAccess, owners: Iterable<{ readonly timers: Timers }>): void {
  forgetRunning();
  forgetCall();
  access.interrupted();
  for (const { timers } of owners) {
    timers.afterCutOff();
  }
  const unfinished = takeUnfinished();
  if (unfinished !== undefined) {
    void Promise.resolve().then(unfinished);
  }
}

/** `GuestEvents.onUnhandled`. `anyone`: who is told of what is certainly this guest's and of no code that is known. */
export function logUnhandled(
  error: unknown,
  promise: object | undefined,
  certain: boolean,
  anyone: Pick<Running, "cutOff" | "logThrown"> | undefined,
): boolean {
  const running = rejectingCode(promise) ?? (certain ? (whoRuns() ?? anyone) : undefined);
  // Who would have handled it was ended by force, and that is logged.
  if (running?.cutOff === true) {
    return true;
  }
  running?.logThrown(
    promise === undefined
      ? "POLICY_FAILED: code that nobody waits for threw"
      : "POLICY_FAILED: a promise that nobody awaits was rejected",
    error,
  );
  return running !== undefined;
}
