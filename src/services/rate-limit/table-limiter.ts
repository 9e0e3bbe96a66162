/** A limiter on a table of limits. */
import { KitPromise } from "../../policy/kit-promise.js";
import type { InstancePort } from "../../policy/service.js";
import { DecisionBit, type LimitTable, TakeMode } from "../../state/limit-table.js";
import type { Counter } from "../metrics/index.js";
import { leastPlainKey, textOfKey } from "./limit-key.js";
import { type LimiterFacts, LimitResult } from "./limit-result.js";
import { refused } from "./options.js";
import type { LimitKey, RateLimiter, RateLimitResult } from "./rate-limit.js";

/** Sums of these stay exact. */
const mostAtOnce = 1_000_000_000_000;
const settled = KitPromise.resolved(undefined);

/** What is counted for operators. */
export interface LimiterCounters {
  /** Refused, or in the mode `report` what would have been. */
  readonly exceeded: Counter;
  /** Those among them that began with the use of keys that had to go. */
  readonly early: Counter;
}

type Call = "take" | "peek" | "charge";

export class TableLimiter implements RateLimiter {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly table: LimitTable;
  private readonly facts: LimiterFacts;
  private readonly counters: LimiterCounters;
  private readonly takeMode: number;
  /** `TakeMode.Admit` or 0. */
  private readonly admit: number;

  constructor(
    port: InstancePort,
    name: string,
    table: LimitTable,
    facts: LimiterFacts,
    counters: LimiterCounters,
    countRefused: boolean,
    admit: number,
  ) {
    this.port = port;
    this.name = name;
    this.table = table;
    this.facts = facts;
    this.counters = counters;
    this.takeMode = (countRefused ? TakeMode.CountAll : TakeMode.Take) | admit;
    this.admit = admit;
  }

  take(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    return this.decide("take", key, amount, this.takeMode);
  }

  peek(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    return this.decide("peek", key, amount, TakeMode.Peek | this.admit);
  }

  charge(key: LimitKey, amount: number): Promise<RateLimitResult> {
    return amount === 0 ? this.peek(key) : this.decide("charge", key, amount, TakeMode.CountAll | this.admit);
  }

  refund(result: RateLimitResult): Promise<void> {
    if (!(result instanceof LimitResult) || !result.isOf(this.facts)) {
      throw refused(`${this.name}: refund()`, "what take() or charge() of this limiter gave", result);
    }
    const { key, amount } = result;
    const counted = result.takeCounted();
    if (counted === 0) {
      return settled;
    }
    // Windows are told when it was counted. A bucket gives back in any case, but its units may be there again already.
    this.table.take(key, amount, TakeMode.Refund, counted);
    if (result.owes(this.port.now() - counted)) {
      this.table.take(key, amount, TakeMode.Refund, 0);
    }
    return settled;
  }

  toJSON(): object {
    return {};
  }

  /** As short as it can be: calls are what an interpreter takes longest for. */
  private decide(call: Call, key: LimitKey, amount: number, mode: number): Promise<RateLimitResult> {
    if (amount !== 1) {
      this.check(call, amount);
    }
    const text = typeof key === "string" && key >= leastPlainKey ? key : this.textOf(call, key);
    const { table } = this;
    const decision = table.decide(table.name, table.parameters, text, amount, mode, 0);
    const result = new LimitResult(this.facts, text, amount, decision);
    if ((decision[0]! & DecisionBit.Allowed) === 0 && call !== "charge") {
      this.tell(result);
    }
    return KitPromise.resolved(result);
  }

  private tell(result: LimitResult): void {
    this.counters.exceeded.increment();
    if (result.early) {
      this.counters.early.increment();
    }
    if (this.facts.report) {
      const tiers = result.tiers.filter(({ exceeded }) => exceeded).map(({ name }) => name);
      this.port.logger.info("rate limit exceeded, and let pass (mode: report)", { limit: this.name, tiers });
    }
  }

  private check(call: Call, amount: number): void {
    if (!Number.isSafeInteger(amount) || amount < 1 || amount > mostAtOnce) {
      const least = call === "charge" ? 0 : 1;
      throw refused(`${this.name}: ${call}(): amount`, `a whole number from ${least} to ${mostAtOnce}`, amount);
    }
  }

  private textOf(call: Call, key: LimitKey): string {
    if (typeof key !== "string" && !Array.isArray(key)) {
      throw refused(`${this.name}: ${call}(): key`, "a text or a list of texts", typeof key);
    }
    return textOfKey(key);
  }
}
