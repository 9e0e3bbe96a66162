/** A decision of a limiter, with what the client is told of it. */
import { Response } from "../../policy/response.js";
import { DecisionBit, remainingIn, resetAfterIn, retryAfterIn } from "../../state/limit-table.js";
import type { LimiterTier } from "./options.js";
import type { EditableHeaders, RateLimitResult, TierState } from "./rate-limit.js";

/** What results of a limiter have in common. */
export interface LimiterFacts {
  readonly tiers: readonly LimiterTier[];
  readonly report: boolean;
  /** Write `RateLimit` and `RateLimit-Policy`. */
  readonly draftFields: boolean;
  /** Write `X-RateLimit-*`. */
  readonly xFields: boolean;
  /** `RateLimit-Policy`. */
  readonly policy: string;
}

/** Who was refused because others were faster each time may come at once, but not at the same moment. */
const leastWait = 1_000;

export class LimitResult implements RateLimitResult {
  // Only declared: QuickJS pays for each field that is defined.
  declare readonly key: string;
  declare readonly amount: number;
  declare private readonly limiter: LimiterFacts;
  /** What the table has decided: all else is made of it when it is asked for. */
  declare private readonly decision: readonly number[];
  declare private givenBack?: true;

  constructor(limiter: LimiterFacts, key: string, amount: number, decision: readonly number[]) {
    this.limiter = limiter;
    this.key = key;
    this.amount = amount;
    this.decision = decision;
  }

  get allowed(): boolean {
    return (this.decision[0]! & DecisionBit.Allowed) !== 0 || this.limiter.report;
  }

  get exceeded(): boolean {
    return (this.decision[0]! & DecisionBit.Allowed) === 0;
  }

  /** Those that had to go from the table may have used what was counted. */
  get early(): boolean {
    return (this.decision[0]! & DecisionBit.Early) !== 0;
  }

  /** When it was counted; 0: it was not. Only once, since it is to be given back. */
  takeCounted(): number {
    if (this.givenBack === true || (this.decision[0]! & DecisionBit.Counted) === 0) {
      return 0;
    }
    this.givenBack = true;
    return this.decision[1]!;
  }

  get remaining(): number {
    return this.tiers.reduce((least, { remaining }) => Math.min(least, remaining), Number.POSITIVE_INFINITY);
  }

  get retryAfter(): number | undefined {
    const after = this.limiter.tiers.reduce((most, _, tier) => Math.max(most, retryAfterIn(this.decision, tier)), 0);
    return after === Number.POSITIVE_INFINITY ? undefined : after;
  }

  get tiers(): TierState[] {
    return this.limiter.tiers.map(({ name, limit }, tier) => ({
      name,
      limit,
      remaining: remainingIn(this.decision, tier),
      resetAfter: this.resetAfter(tier),
      exceeded: this.refuses(tier),
    }));
  }

  get fields(): [name: string, value: string][] {
    const { tiers, draftFields, xFields, policy } = this.limiter;
    const fields: [string, string][] = [];
    const after = this.retryAfter;
    if (this.exceeded && after !== undefined) {
      fields.push(["retry-after", String(seconds(Math.max(leastWait, after)))]);
    }
    if (draftFields) {
      // `Retry-After` must not be earlier than what is said here (section 5 of the draft), so those that refuse stand alone.
      const items = tiers.flatMap((_, tier) => (this.exceeded && !this.refuses(tier) ? [] : [this.limitItem(tier)]));
      fields.push(["ratelimit-policy", policy], ["ratelimit", items.join(", ")]);
    }
    if (xFields) {
      const tier = this.tightest();
      fields.push(
        ["x-ratelimit-limit", String(tiers[tier]!.limit)],
        ["x-ratelimit-remaining", String(remainingIn(this.decision, tier))],
        ["x-ratelimit-reset", String(seconds(this.resetAfter(tier)))],
      );
    }
    return fields;
  }

  refuse(): Response {
    const names = this.limiter.tiers.filter((_, tier) => this.refuses(tier)).map(({ name }) => `"${name}"`);
    // Names need no escapes.
    const body = `{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Request cannot be satisfied as assigned quota has been exceeded","status":429,"violated-policies":[${names.join()}]}\n`;
    return new Response(body, { status: 429, headers: [["content-type", "application/problem+json"], ...this.fields] });
  }

  addTo(headers: EditableHeaders): void {
    if (this.exceeded || this.limiter.report) {
      return;
    }
    for (const [name, value] of this.fields) {
      if (name.startsWith("x-")) {
        headers.set(name, value);
      } else {
        // Lists: other limits may have told of theirs.
        headers.append(name, value);
      }
    }
  }

  /** The key may be a secret: an API key, an address. */
  toJSON(): object {
    return { allowed: this.allowed, exceeded: this.exceeded, tiers: this.tiers };
  }

  isOf(limiter: LimiterFacts): boolean {
    return this.limiter === limiter;
  }

  /** Whether the buckets still lack units that were taken so long ago. */
  owes(milliseconds: number): boolean {
    const { tiers } = this.limiter;
    return (
      tiers.some(({ algorithm }) => algorithm === "gcra") &&
      tiers.every(({ algorithm }, tier) => algorithm !== "gcra" || milliseconds < this.resetAfter(tier))
    );
  }

  private resetAfter(tier: number): number {
    return resetAfterIn(this.decision, tier);
  }

  /** Section 4.1 of the draft. `t`: until there are more units; it is missing where none is used, and where there are never enough. */
  private limitItem(tier: number): string {
    const { name, algorithm, milliseconds } = this.limiter.tiers[tier]!;
    const retry = retryAfterIn(this.decision, tier);
    const reset = this.resetAfter(tier);
    const more =
      retry > 0 ? retry : algorithm === "gcra" ? reset % milliseconds || Math.min(reset, milliseconds) : reset;
    const time = more > 0 && more < Number.POSITIVE_INFINITY ? `;t=${seconds(more)}` : "";
    return `"${name}";r=${remainingIn(this.decision, tier)}${time}`;
  }

  /** The tier with the fewest units; of equal ones that which is used longest. */
  private tightest(): number {
    let tightest = 0;
    for (let tier = 1; tier < this.limiter.tiers.length; tier++) {
      const more = remainingIn(this.decision, tier) - remainingIn(this.decision, tightest);
      if (more < 0 || (more === 0 && this.resetAfter(tier) > this.resetAfter(tightest))) {
        tightest = tier;
      }
    }
    return tightest;
  }

  private refuses(tier: number): boolean {
    const retries = (of: number): boolean => retryAfterIn(this.decision, of) > 0;
    // None: others were faster each time, and nothing is known.
    return this.exceeded && (retries(tier) || !this.limiter.tiers.some((_, other) => retries(other)));
  }
}

/** Not a second more for what a weighted sum is above a whole one. */
function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000 - 1e-6);
}
