/** Work that a policy does by itself, again and again: in every worker, or in one of them at a time. */
import { SluiceError } from "../../errors.js";
import type { ConfigureContext } from "../../policy/context.js";
import { type Duration, durationExpected, millisecondsOf } from "../../policy/duration.js";
import { instancePort } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import { Job, type JobTimes } from "./job.js";
import { Singleton } from "./singleton.js";

const shortestPeriod = 10;
/** Hosts take no longer tick period. */
const longestPeriod = 2_147_483_647;
const defaultTimeout = 30_000;

/**
 * What is done again and again.
 *
 * @param signal aborted when the policy goes, when the work takes longer than `timeout`, and when another worker may have begun it
 * @param fence of a singleton: a number higher than that of every earlier run; see `ifFence` of `sluice/storage`
 */
export type ScheduledWork = (signal: AbortSignal, fence: number | undefined) => unknown;

/** When work is done, and where. */
export interface EveryOptions {
  /** Each run comes up to so much later than at its time, at random; up to the period, default 0. */
  readonly jitter?: Duration | undefined;
  /** The first run comes at once, in place of after a period. */
  readonly immediately?: boolean | undefined;
  /** `process`: of all workers one at a time does it, so it is done once in a period. Default: every worker does it. */
  readonly singleton?: "process" | undefined;
  /** How long a run may take; default 30 s. */
  readonly timeout?: Duration | undefined;
}

/**
 * Does work once in each period, from `configure` on until the policy goes. A run that takes longer than the period is not disturbed: the
 * next one is left out. What a run throws goes to the log, and the next one comes at its time.
 *
 * @example
 * configure(context) {
 *   every(context, "15s", async (signal) => { … });
 * }
 * @param context that of `configure`
 * @throws SluiceError `SCHEDULE_OPTIONS`, `SERVICE_CONTEXT`; of singletons also `STATE_UNAVAILABLE`
 */
export function every(
  context: ConfigureContext<unknown>,
  period: Duration,
  work: ScheduledWork,
  options: EveryOptions = {},
): void {
  const port = instancePort(context, "every()");
  if ("exchange" in port) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      "every(): expected the context of configure, got that of a filter or of onDone: the work would be begun anew with each exchange.",
    );
  }
  if (typeof work !== "function") {
    throw refused("work", "a function", work);
  }
  const { jitter = 0, timeout = defaultTimeout, immediately = false } = options;
  const milliseconds = time("period", period, shortestPeriod, longestPeriod);
  const times: JobTimes = {
    period: milliseconds,
    jitter: time("jitter", jitter, 0, milliseconds),
    timeout: time("timeout", timeout, 1, longestPeriod),
    immediately,
  };
  if (options.singleton !== undefined && (options.singleton as string) !== "process") {
    throw refused("singleton", "process", options.singleton);
  }
  new Job(port, times, work, options.singleton && new Singleton(port)).start();
}

function time(what: string, duration: unknown, least: number, most: number): number {
  const milliseconds = millisecondsOf(duration);
  if (!(milliseconds >= least && milliseconds <= most)) {
    throw refused(what, `${durationExpected} from ${least} to ${most} ms`, duration);
  }
  return milliseconds;
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("SCHEDULE_OPTIONS", `every(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
