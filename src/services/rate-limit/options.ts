/** What a limiter is made with, checked. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import type { Tier } from "../../state/tiers.js";
import { textOf } from "../../thrown.js";
import type { RateLimitOptions, TierOptions } from "./rate-limit.js";

/** A tier, and what clients are told of it. */
export interface LimiterTier extends Tier {
  readonly name: string;
  /** Its item of `RateLimit-Policy`. */
  readonly policy: string;
}

const year = 365 * 86_400_000;
const mostTiers = 8;
const mostEntries = 1_048_576;
const namePattern = /^[\w.-]+$/;

/**
 * The tiers of a limiter.
 *
 * @throws SluiceError `RATE_LIMIT_OPTIONS`, also for what is wrong with the other options
 */
export function checkedTiers(name: string, options: RateLimitOptions): LimiterTier[] {
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw refused("rateLimit()", 'a name of letters, digits, "_", "-" and "."', name);
  }
  const { tiers, entries, shared, onFull, mode, fields } = options;
  if (!Array.isArray(tiers) || tiers.length < 1 || tiers.length > mostTiers) {
    throw refused(`${name}: tiers`, `a list of 1 to ${mostTiers}`, tiers);
  }
  whole(`${name}: entries`, entries ?? 1, mostEntries);
  if (shared !== undefined && (typeof shared !== "string" || shared === "")) {
    throw refused(`${name}: shared`, "a name", shared);
  }
  oneOf(`${name}: onFull`, onFull ?? "refuse", ["refuse", "admit"]);
  oneOf(`${name}: mode`, mode ?? "enforce", ["enforce", "report"]);
  for (const field of fields ?? []) {
    oneOf(`${name}: fields`, field, ["ratelimit", "x-ratelimit"]);
  }
  const checked = (tiers as readonly TierOptions[]).map((tier, index) =>
    tierOf(tier, `${name}: tiers[${index}]`, tiers.length === 1 ? name : undefined, name),
  );
  checked.forEach((tier, index) => {
    if (checked.findIndex((other) => other.name === tier.name) !== index) {
      throw refused(`${name}: tiers[${index}].name`, "a name that no other tier has", tier.name);
    }
  });
  return checked;
}

function tierOf(tier: TierOptions, what: string, only: string | undefined, limiter: string): LimiterTier {
  const { limit, period, algorithm = "fixed-window", aligned = false, burst } = tier;
  whole(`${what}.limit`, limit, Number.MAX_SAFE_INTEGER);
  const milliseconds = millisecondsOf(period);
  if (!(milliseconds > 0 && milliseconds <= year)) {
    throw refused(`${what}.period`, `${durationExpected} above 0 and up to a year`, period);
  }
  oneOf(`${what}.algorithm`, algorithm, ["fixed-window", "sliding-window", "token-bucket"]);
  if (aligned && algorithm !== "fixed-window") {
    throw refused(`${what}.aligned`, "it with fixed windows only", algorithm);
  }
  const name = tier.name ?? only ?? `${limiter}-${typeof period === "number" ? `${period}ms` : period}`;
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw refused(`${what}.name`, 'letters, digits, "_", "-" and "."', name);
  }
  if (algorithm !== "token-bucket") {
    if (burst !== undefined) {
      throw refused(`${what}.burst`, "it with token buckets only", algorithm);
    }
    const windows = algorithm === "sliding-window" ? "sliding" : aligned ? "aligned" : "fixed";
    return { name, algorithm: windows, limit, milliseconds, policy: policyItem(name, limit, milliseconds) };
  }
  whole(`${what}.burst`, burst ?? limit, Number.MAX_SAFE_INTEGER);
  const most = burst ?? limit;
  const unit = milliseconds / limit;
  if (unit * most > year) {
    throw refused(`${what}.burst`, "so many units that all come back in a year", most);
  }
  return { name, algorithm: "gcra", limit: most, milliseconds: unit, policy: policyItem(name, most, unit * most) };
}

/** Sections 3.1.1 and 3.1.3 of the draft: a window has whole seconds. */
function policyItem(name: string, quota: number, milliseconds: number): string {
  return `"${name}";q=${quota}${milliseconds < 1_000 ? "" : `;w=${Math.ceil(milliseconds / 1_000)}`}`;
}

function whole(what: string, value: unknown, most: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most) {
    throw refused(what, `a whole number from 1 ${most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`}`, value);
  }
}

function oneOf(what: string, value: unknown, words: readonly string[]): void {
  if (!words.includes(value as string)) {
    throw refused(what, words.join(" or "), value);
  }
}

/** @internal */
export function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("RATE_LIMIT_OPTIONS", `${what}: expected ${expected}, got ${textOf(got)}.`);
}
