/** What both kinds of limits take, checked. */
import { SluiceError } from "../../errors.js";
import { textOf } from "../../thrown.js";

/** How many wait, and how long. */
export interface QueueOptions {
  /** How many may wait at the same time, over all workers; default 100. 0: none waits. */
  readonly maxQueue?: number | undefined;
  /** Milliseconds that one may wait, up to 25,000, since a filter has 30 seconds in all; default 5,000. */
  readonly maxWait?: number | undefined;
  /** A name under which all uses of policies that give it count together. */
  readonly shared?: string | undefined;
}

const longestWait = 25_000;
const longestQueue = 1_000_000;

export function checkedQueue(what: string, { maxQueue = 100, maxWait = 5_000, shared }: QueueOptions) {
  number(`${what}: maxQueue`, maxQueue, 0, longestQueue);
  if (!(typeof maxWait === "number" && maxWait >= 0 && maxWait <= longestWait)) {
    throw refused(`${what}: maxWait`, `milliseconds from 0 to ${longestWait}`, maxWait);
  }
  if (shared !== undefined) {
    checkName(`${what}: shared`, shared);
  }
  return { maxQueue, maxWait, shared };
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
