/**
 * What is counted in a tier of a limit, and how. A tier's state is a few numbers; all zero is that of nobody. Times are milliseconds in
 * steps of 1/1024, so that sums of them are exact. `engine/bridge/limit-table.c` has the same, operation by operation.
 */

/** In the order of their numbers in a table's parameters. */
export const algorithms = ["fixed", "aligned", "sliding", "gcra"] as const;

/**
 * `fixed`: a window from the first use on. `aligned`: windows one after the other since 1970. `sliding`: two aligned windows, of which the
 * earlier one counts for the part that would still be in a window that ends now. `gcra`: a bucket of `limit` units, one of which comes back every
 * `milliseconds` (ITU-T I.371's generic cell rate algorithm).
 */
export type Algorithm = (typeof algorithms)[number];

export interface Tier {
  readonly algorithm: Algorithm;
  /** Units of a window, or at once. */
  readonly limit: number;
  /** Of a window; with `gcra` until one unit is back. */
  readonly milliseconds: number;
  /** Milliseconds by which a unit of `gcra` may be taken before it is there: whoever takes it waits so long. Default 0. */
  readonly wait?: number | undefined;
}

/** How many numbers each algorithm keeps. */
export const slotsOf: Readonly<Record<Algorithm, number>> = { fixed: 2, aligned: 2, sliding: 3, gcra: 1 };

/** Steps of a millisecond in which times are kept. */
const steps = 1024;

/** A tier with exact times. */
export interface ExactTier {
  readonly algorithm: Algorithm;
  readonly limit: number;
  readonly period: number;
  readonly wait: number;
  /** Where its numbers begin in a state. */
  readonly at: number;
}

export function exactTiers(tiers: readonly Tier[]): ExactTier[] {
  let at = 0;
  return tiers.map(({ algorithm, limit, milliseconds, wait = 0 }) => {
    const tier = { algorithm, limit, period: Math.ceil(milliseconds * steps) / steps, wait: exactTime(wait), at };
    at += slotsOf[algorithm];
    return tier;
  });
}

export function exactTime(milliseconds: number): number {
  return Math.floor(milliseconds * steps) / steps;
}

/** Makes a state what it is now: windows that are over are gone. */
export function roll({ algorithm, period, at }: ExactTier, state: Float64Array, now: number): void {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      if (state[at + 1]! <= now) {
        state[at] = 0;
        state[at + 1] = 0;
      }
      break;
    case "sliding":
      if (state[at + 2]! + period <= now) {
        state[at] = 0;
        state[at + 1] = 0;
        state[at + 2] = 0;
      } else if (state[at + 2]! <= now) {
        state[at + 1] = state[at]!;
        state[at] = 0;
        state[at + 2]! += period;
      }
      break;
    case "gcra":
      state[at] = Math.max(state[at]!, now);
  }
}

/** Makes the floor's state that of somebody who begins there: a window from the first use on is as long as anybody's. */
export function beginAtFloor({ algorithm, period, at }: ExactTier, state: Float64Array, now: number): void {
  if (algorithm === "fixed" && state[at]! > 0) {
    state[at + 1] = now + period;
  }
}

/** Of a state that is what it is now: how much is used, as a part of the limit. */
export function usedPart({ algorithm, limit, period, at }: ExactTier, state: Float64Array, now: number): number {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return state[at]! / limit;
    case "sliding":
      return slidingCount(period, at, state, now) / limit;
    case "gcra":
      return (state[at]! - now) / (limit * period);
  }
}

/** Of a state that is what it is now: whether it allows so much more. */
export function allows(tier: ExactTier, state: Float64Array, amount: number, now: number): boolean {
  const { algorithm, limit, period, wait, at } = tier;
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return state[at]! + amount <= limit;
    case "sliding":
      return slidingCount(period, at, state, now) + amount <= limit;
    case "gcra":
      return state[at]! + amount * period - now <= limit * period + wait;
  }
}

/** Counts so much in a state that is what it is now. */
export function add({ algorithm, period, at }: ExactTier, state: Float64Array, amount: number, now: number): void {
  switch (algorithm) {
    case "fixed":
      state[at]! += amount;
      state[at + 1] = state[at + 1] === 0 ? now + period : state[at + 1]!;
      break;
    case "aligned":
      state[at]! += amount;
      state[at + 1] = state[at + 1] === 0 ? windowEnd(period, now) : state[at + 1]!;
      break;
    case "sliding":
      state[at]! += amount;
      state[at + 2] = state[at + 2] === 0 ? windowEnd(period, now) : state[at + 2]!;
      break;
    case "gcra":
      state[at]! += amount * period;
  }
}

/**
 * Takes back what was counted at `since`, if it still counts; with `gcra` in any case where that is 0, else only if nobody has taken anything
 * after who was told this time.
 */
export function giveBack(
  { algorithm, period, at }: ExactTier,
  state: Float64Array,
  amount: number,
  now: number,
  since: number,
): void {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      if (state[at + 1]! - period <= since) {
        state[at] = Math.max(0, state[at]! - amount);
      }
      break;
    case "sliding": {
      const count = state[at + 2]! - period <= since ? at : at + 1;
      if (state[at + 2]! - 2 * period <= since) {
        state[count] = Math.max(0, state[count]! - amount);
      }
      break;
    }
    case "gcra":
      if (since === 0 || state[at] === since) {
        state[at] = Math.max(now, state[at]! - amount * period);
      }
  }
}

/** When a state is that of nobody again. */
export function expiryOf({ algorithm, period, at }: ExactTier, state: Float64Array): number {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return state[at + 1]!;
    case "sliding":
      return state[at + 2] === 0 ? 0 : state[at + 2]! + period;
    case "gcra":
      return state[at]!;
  }
}

/** Whole units that are left. */
export function remainingOf({ algorithm, limit, period, at }: ExactTier, state: Float64Array, now: number): number {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return Math.max(0, Math.floor(limit - state[at]!));
    case "sliding":
      return Math.max(0, Math.floor(limit - slidingCount(period, at, state, now)));
    case "gcra":
      return Math.max(0, Math.floor((limit * period - (state[at]! - now)) / period));
  }
}

/** Milliseconds until the window ends, or all units are there again. */
export function resetOf({ algorithm, at }: ExactTier, state: Float64Array, now: number): number {
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return state[at + 1] === 0 ? 0 : state[at + 1]! - now;
    case "sliding":
      return state[at + 2] === 0 ? 0 : state[at + 2]! - now;
    case "gcra":
      return state[at]! - now;
  }
}

/** Milliseconds until a state allows so much that does not allow it now; Infinity: never. */
export function retryOf(tier: ExactTier, state: Float64Array, amount: number, now: number): number {
  const { algorithm, limit, period, wait, at } = tier;
  switch (algorithm) {
    case "fixed":
    case "aligned":
      return amount > limit ? Number.POSITIVE_INFINITY : state[at + 1]! - now;
    case "sliding": {
      const current = state[at]!;
      const rest = state[at + 2]! - now;
      if (amount > limit) {
        return Number.POSITIVE_INFINITY;
      }
      return current + amount <= limit
        ? Math.max(0, rest - ((limit - current - amount) * period) / state[at + 1]!)
        : rest + period * (1 - (limit - amount) / current);
    }
    case "gcra":
      return amount * period > limit * period + wait
        ? Number.POSITIVE_INFINITY
        : state[at]! + amount * period - now - limit * period - wait;
  }
}

/** Milliseconds until what was taken is there. */
export function turnOf({ algorithm, limit, period, at }: ExactTier, state: Float64Array, now: number): number {
  return algorithm === "gcra" ? Math.max(0, state[at]! - limit * period - now) : 0;
}

function slidingCount(period: number, at: number, state: Float64Array, now: number): number {
  // Another worker's clock may be ahead.
  return state[at + 1]! * Math.min(1, (state[at + 2]! - now) / period) + state[at]!;
}

function windowEnd(period: number, now: number): number {
  return (Math.floor(now / period) + 1) * period;
}
