/** A limiter on a table of limits. */
import { KitPromise } from "../../policy/kit-promise.js";
import type { InstancePort } from "../../policy/service.js";
import { type LimitTable, TakeMode } from "../../state/limit-table.js";
import type { Counter } from "../metrics/index.js";
import { textOfKey } from "./limit-key.js";
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

/** How a limiter counts. */
export interface LimiterModes {
  readonly countRefused: boolean;
  /** `TakeMode.Admit` or 0. */
  readonly admit: number;
}

export class TableLimiter implements RateLimiter {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly table: LimitTable;
  private readonly facts: LimiterFacts;
  private readonly counters: LimiterCounters;
  private readonly takeMode: number;
  private readonly admit: number;
  private readonly countRefused: boolean;

  constructor(
    port: InstancePort,
    name: string,
    table: LimitTable,
    facts: LimiterFacts,
    counters: LimiterCounters,
    { countRefused, admit }: LimiterModes,
  ) {
    this.port = port;
    this.name = name;
    this.table = table;
    this.facts = facts;
    this.counters = counters;
    this.takeMode = (countRefused ? TakeMode.CountAll : TakeMode.Take) | admit;
    this.admit = admit;
    this.countRefused = countRefused;
  }

  take(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    return this.decide(key, amount, this.takeMode, "take");
  }

  peek(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    return this.decide(key, amount, TakeMode.Peek | this.admit, "peek");
  }

  charge(key: LimitKey, amount: number): Promise<RateLimitResult> {
    if (amount === 0) {
      return this.peek(key);
    }
    this.check("charge", amount, 0);
    const text = this.textOf("charge", key);
    const within = this.table.take(text, amount, TakeMode.CountAll | this.admit);
    return KitPromise.resolved(this.result(!within, text, amount, this.table.at));
  }

  refund(result: RateLimitResult): Promise<void> {
    if (!(result instanceof LimitResult) || !result.isOf(this.facts)) {
      throw refused(`${this.name}: refund()`, "what take() or charge() of this limiter gave", result);
    }
    const { key, amount, counted } = result;
    if (counted === 0) {
      return settled;
    }
    result.counted = 0;
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

  private decide(key: LimitKey, amount: number, mode: number, call: string): Promise<RateLimitResult> {
    this.check(call, amount, 1);
    const text = this.textOf(call, key);
    const exceeded = !this.table.take(text, amount, mode);
    const counts = call === "take" && (!exceeded || (this.countRefused && !this.table.contended));
    const result = this.result(exceeded, text, amount, counts ? this.table.at : 0);
    if (exceeded) {
      this.tell(result);
    }
    return KitPromise.resolved(result);
  }

  private result(exceeded: boolean, key: string, amount: number, counted: number): LimitResult {
    return new LimitResult(this.facts, exceeded, key, amount, counted, this.table.numbers());
  }

  private tell(result: LimitResult): void {
    this.counters.exceeded.increment();
    if (this.table.early) {
      this.counters.early.increment();
    }
    if (this.facts.report) {
      const tiers = result.tiers.filter(({ exceeded }) => exceeded).map(({ name }) => name);
      this.port.logger.info("rate limit exceeded, and let pass (mode: report)", { limit: this.name, tiers });
    }
  }

  private check(call: string, amount: number, least: number): void {
    if (!Number.isSafeInteger(amount) || amount < least || amount > mostAtOnce) {
      throw refused(`${this.name}: ${call}(): amount`, `a whole number from ${least} to ${mostAtOnce}`, amount);
    }
  }

  private textOf(call: string, key: LimitKey): string {
    if (typeof key !== "string" && !Array.isArray(key)) {
      throw refused(`${this.name}: ${call}(): key`, "a text or a list of texts", typeof key);
    }
    return textOfKey(key);
  }
}
