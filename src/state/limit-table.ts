/**
 * A table of limits: who has used how much. All workers of a process count in it together, and nobody gets more than the limit, however
 * they meet, and whatever keys clients invent.
 */
import type { LimitDecision } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { engineServices } from "../policy/engine-services.js";
import { hideFields } from "../policy/opaque.js";
import type { InstancePort } from "../policy/service-port.js";
import { sharedData } from "../policy/shared-data.js";
import { textOf } from "../thrown.js";
import { type Buckets, openBuckets } from "./buckets.js";
import { decideIn } from "./limit-buckets.js";
import { algorithms, exactTiers, type Tier } from "./tiers.js";

/** What a call does with the amount. */
export const TakeMode = {
  /** Counts it where all tiers allow it, and else nothing. */
  Take: 0,
  /** Tells whether it would be allowed, and counts nothing. */
  Peek: 1,
  /** Counts it in any case. */
  CountAll: 2,
  /** Gives it back to a key that is there, where the window of `since` still counts. */
  Refund: 3,
  /** To be added: who is not in a full bucket begins at zero, and not where those began that had to go. */
  Admit: 8,
} as const;

/** What a decision was. */
export const DecisionBit = {
  Allowed: 1,
  /** The key was not there, and those that had to go may have been it: it began at the floor. */
  Early: 2,
  /** Others were faster each time: nothing is counted. */
  Contended: 4,
  /** The amount was counted, or given back. */
  Counted: 8,
} as const;

export interface LimitTableOptions {
  /** All must allow what is taken. */
  readonly tiers: readonly Tier[];
  /** Keys that have room at the same time. Default 65,536. */
  readonly entries?: number | undefined;
  /** A name under which uses of policies have the table in common. */
  readonly shared?: string | undefined;
}

/** Entries of a bucket, on average, where the table is full: so few buckets have more than they can hold. */
const meanEntries = 8;
const mostEntries = 1_048_576;
/** Of a decision, before the numbers of the first tier; and how many those are. */
const tierNumbers = 2;
const numbersOfTier = 3;

export class LimitTable {
  /** Decides for this table, with its `name` and `parameters`; what comes of it may be kept. */
  readonly decide: LimitDecision;
  readonly name: string;
  readonly parameters: Uint8Array;
  /** `decide` is the engine's; see `LimitPlan`. */
  readonly isNative: boolean;
  private decision: readonly number[] = [];

  constructor(decide: LimitDecision, name: string, parameters: Uint8Array, isNative: boolean) {
    this.isNative = isNative;
    this.decide = decide;
    this.name = name;
    this.parameters = parameters;
  }

  /**
   * @param mode see `TakeMode`
   * @param since when what is given back was taken
   * @returns whether all tiers allow it; until the next call the members below tell more of it
   */
  take(key: string, amount = 1, mode: number = TakeMode.Take, since = 0): boolean {
    this.decision = this.decide(this.name, this.parameters, key, amount, mode, since);
    return (this.decision[0]! & DecisionBit.Allowed) !== 0;
  }

  get early(): boolean {
    return (this.decision[0]! & DecisionBit.Early) !== 0;
  }

  /** When it was, as it is counted. */
  get at(): number {
    return this.decision[1]!;
  }

  /** Whole units that the tier has left. */
  remaining(tier: number): number {
    return remainingIn(this.decision, tier);
  }

  /** Milliseconds until the tier's window ends, or all its units are there again. */
  resetAfter(tier: number): number {
    return resetAfterIn(this.decision, tier);
  }

  /**
   * Milliseconds until the tier allows the amount that it has refused; Infinity: never. Of what was allowed: until it is there (`wait` of a
   * tier), mostly 0.
   */
  retryAfter(tier: number): number {
    return retryAfterIn(this.decision, tier);
  }
}

hideFields(LimitTable);

/** Of a decision, `LimitTable.remaining`. */
export function remainingIn(decision: readonly number[], tier: number): number {
  return decision[tierNumbers + tier * numbersOfTier]!;
}

/** Of a decision, `LimitTable.resetAfter`. */
export function resetAfterIn(decision: readonly number[], tier: number): number {
  return decision[tierNumbers + tier * numbersOfTier + 1]!;
}

/** Of a decision, `LimitTable.retryAfter`. */
export function retryAfterIn(decision: readonly number[], tier: number): number {
  return decision[tierNumbers + tier * numbersOfTier + 2]!;
}

/**
 * Makes a table, or finds it: in `configure`. Its keys are those of its name and its tiers' algorithms; other limits and periods go on with what
 * is counted. How many entries it has is decided by whoever makes it first in the process.
 *
 * @param name of the table, in its use of a policy or under the shared name
 * @throws SluiceError `LIMIT_TABLE` for what is no limit, `STATE_UNAVAILABLE`
 */
export function limitTable(
  port: InstancePort,
  name: string,
  { tiers, entries = 65_536, shared }: LimitTableOptions,
): LimitTable {
  check(name, tiers, entries);
  const data = sharedData(port, shared);
  const layout = `limits-1-${tiers.map(({ algorithm }) => algorithms.indexOf(algorithm)).join("")}`;
  const buckets = openBuckets(data, name, layout, [Math.ceil(entries / meanEntries)]);
  if (buckets.count !== Math.ceil(entries / meanEntries)) {
    port.logger.warn(
      `STATE_SIZE: the table ${name} has ${buckets.count * meanEntries} entries since it was first made; entries: ${entries} has no effect before the process is started anew.`,
    );
  }
  const { decideLimit } = engineServices(port);
  const parameters = new Uint8Array(parametersOf(buckets, tiers).buffer);
  const decide = decideLimit ?? decideIn(data, () => port.now());
  return new LimitTable(decide, data.prefix + buckets.prefix, parameters, decideLimit !== undefined);
}

function parametersOf({ count, hashKey }: Buckets, tiers: readonly Tier[]): Float64Array {
  return new Float64Array([
    count,
    hashKey.low,
    hashKey.high,
    tiers.length,
    ...exactTiers(tiers).flatMap(({ algorithm, limit, period, wait }) => [
      algorithms.indexOf(algorithm),
      limit,
      period,
      wait,
    ]),
  ]);
}

function check(name: string, tiers: readonly Tier[], entries: number): void {
  const refuse = (what: string, expected: string, got: unknown): never => {
    throw new SluiceError("LIMIT_TABLE", `${name}: ${what}: expected ${expected}, got ${textOf(got)}.`);
  };
  if (!Number.isSafeInteger(entries) || entries < 1 || entries > mostEntries) {
    refuse("entries", `a whole number from 1 to ${mostEntries}`, entries);
  }
  if (tiers.length < 1 || tiers.length > 8) {
    refuse("tiers", "1 to 8", tiers.length);
  }
  tiers.forEach(({ algorithm, limit, milliseconds, wait = 0 }, index) => {
    if (!algorithms.includes(algorithm)) {
      refuse(`tiers[${index}].algorithm`, algorithms.join(", "), algorithm);
    }
    if (!Number.isSafeInteger(limit) || limit < 1) {
      refuse(`tiers[${index}].limit`, "a whole number from 1 on", limit);
    }
    // A year: what is added to today's milliseconds stays exact.
    if (!(milliseconds > 0 && milliseconds * (algorithm === "gcra" ? limit : 1) <= 31_536_000_000)) {
      refuse(`tiers[${index}].milliseconds`, "a time above 0, up to a year in all", milliseconds);
    }
    if (!(wait >= 0 && wait <= 31_536_000_000)) {
      refuse(`tiers[${index}].wait`, "milliseconds from 0 to a year", wait);
    }
  });
}
