/** What every guest does about code that was ended by force, and about what nobody waits for. */
import { takeUnfinished } from "../policy/run-all.js";
import type { Running } from "./current-event.js";
import { forgetCall, rejectingCode } from "./frame.js";
import type { HostAccess } from "./host-access.js";
import type { PolicyInstance } from "./instance.js";
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

/**
 * Whose code it was that the engine has ended by force, which no exchange waits for. `user`: 0 where the engine cannot tell; then it is who
 * ran last, where that is one of these.
 */
export function whoIsBlamed(
  ran: Running | undefined,
  contextId: number,
  user: number,
  all: Iterable<PolicyInstance>,
): Running | undefined {
  const instances = [...all];
  const mayBe = ran !== undefined && (ran.id === contextId || instances.some(({ id }) => id === ran.id));
  if (mayBe && (user === 0 || ran.user === user)) {
    return ran;
  }
  return instances.find((instance) => instance.user === user) ?? (mayBe ? ran : instances[0]);
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
