/** What both kinds of limits take, checked. */
import { SluiceError } from "../../errors.js";
import { type Duration, durationExpected, millisecondsOf } from "../../policy/duration.js";
import { textOf } from "../../thrown.js";

/** How many wait, and how long. */
export interface QueueOptions {
  /** How many may wait at the same time, over all workers; default 100. 0: none waits. */
  readonly maxQueue?: number | undefined;
  /** How long one may wait: milliseconds, or `"2s"`, up to 25 s, since a filter has 30 in all; default 5 s. */
  readonly maxWait?: Duration | undefined;
  /** A name under which all uses of policies that give it count together. */
  readonly shared?: string | undefined;
}

const longestWait = 25_000;
const longestPeriod = 86_400_000;
const longestQueue = 1_000_000;

export function checkedQueue(what: string, { maxQueue = 100, maxWait = 5_000, shared }: QueueOptions) {
  number(`${what}: maxQueue`, maxQueue, 0, longestQueue);
  const waits = millisecondsOf(maxWait);
  if (!(waits >= 0 && waits <= longestWait)) {
    throw refused(`${what}: maxWait`, `${durationExpected} from 0 to 25 s`, maxWait);
  }
  if (shared !== undefined) {
    checkName(`${what}: shared`, shared);
  }
  return { maxQueue, maxWait: waits, shared };
}

export function checkedPeriod(what: string, period: Duration): number {
  const milliseconds = millisecondsOf(period);
  if (!(milliseconds > 0 && milliseconds <= longestPeriod)) {
    throw refused(`${what}: period`, `${durationExpected} above 0, up to a day`, period);
  }
  return milliseconds;
}

export function checkName(what: string, name: unknown): void {
  if (typeof name !== "string" || name === "") {
    throw refused(what, "a name", name);
  }
}

export function number(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw refused(what, `a whole number from ${least} to ${most}`, value);
  }
}

export function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("SPIKE_OPTIONS", `${what}: expected ${expected}, got ${textOf(got)}.`);
}
