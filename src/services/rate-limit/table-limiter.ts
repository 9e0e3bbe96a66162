/** A limiter on a table of limits. */
import type { LimitPlan } from "../../abi/port.js";
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
type Take = (key: LimitKey, amount?: number) => Promise<RateLimitResult>;

/** One of the calls that decide, in all of which the same is done. */
class Decisions {
  protected readonly port: InstancePort;
  protected readonly name: string;
  protected readonly table: LimitTable;
  protected readonly facts: LimiterFacts;
  private readonly call: Call;
  private readonly mode: number;
  private readonly counters: LimiterCounters;
  /** For engines. */
  protected readonly plan: LimitPlan;
  /** Where the engine decides, it makes what `decide` does of usual calls: an interpreter takes longest for those and for objects. */
  readonly take: Take;

  constructor(
    port: InstancePort,
    name: string,
    table: LimitTable,
    facts: LimiterFacts,
    counters: LimiterCounters,
    call: Call,
    mode: number,
  ) {
    this.port = port;
    this.name = name;
    this.table = table;
    this.facts = facts;
    this.counters = counters;
    this.call = call;
    this.mode = mode;
    const { name: keys, parameters } = table;
    const model = new LimitResult(facts, "", 1, [], true);
    // oxlint-disable-next-line typescript/unbound-method -- called as methods
    const { decide, settle } = this;
    this.plan = [keys, parameters, mode, facts, model, KitPromise.resolved(model), decide, settle];
    this.take = table.isNative ? (table.decide as unknown as Take) : decide;
  }

  private decide(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    if (amount !== 1) {
      this.check(amount);
    }
    const text = typeof key === "string" && key >= leastPlainKey ? key : this.textOf(key);
    const { table } = this;
    return this.settle(text, amount, table.decide(table.name, table.parameters, text, amount, this.mode, 0));
  }

  private settle(text: string, amount: number, decision: readonly number[]): Promise<RateLimitResult> {
    const { facts } = this;
    const within = (decision[0]! & DecisionBit.Allowed) !== 0;
    const result = new LimitResult(facts, text, amount, decision, within || facts.report);
    if (!within) {
      this.tell(result);
    }
    return KitPromise.resolved(result);
  }

  private tell(result: LimitResult): void {
    if (this.call === "charge") {
      return;
    }
    this.counters.exceeded.increment();
    if (result.early) {
      this.counters.early.increment();
    }
    if (this.facts.report) {
      const tiers = result.tiers.filter(({ exceeded }) => exceeded).map(({ name }) => name);
      this.port.logger.info("rate limit exceeded, and let pass (mode: report)", { limit: this.name, tiers });
    }
  }

  private check(amount: number): void {
    if (!Number.isSafeInteger(amount) || amount < 1 || amount > mostAtOnce) {
      const least = this.call === "charge" ? 0 : 1;
      throw refused(`${this.name}: ${this.call}(): amount`, `a whole number from ${least} to ${mostAtOnce}`, amount);
    }
  }

  private textOf(key: LimitKey): string {
    if (typeof key !== "string" && !Array.isArray(key)) {
      throw refused(`${this.name}: ${this.call}(): key`, "a text or a list of texts", typeof key);
    }
    return textOfKey(key);
  }
}

export class TableLimiter extends Decisions implements RateLimiter {
  private readonly peeks: Decisions;
  private readonly charges: Decisions;

  /** `admit`: `TakeMode.Admit` or 0. */
  constructor(
    port: InstancePort,
    name: string,
    table: LimitTable,
    facts: LimiterFacts,
    counters: LimiterCounters,
    countRefused: boolean,
    admit: number,
  ) {
    const { Take, Peek, CountAll } = TakeMode;
    super(port, name, table, facts, counters, "take", (countRefused ? CountAll : Take) | admit);
    this.peeks = new Decisions(port, name, table, facts, counters, "peek", Peek | admit);
    this.charges = new Decisions(port, name, table, facts, counters, "charge", CountAll | admit);
  }

  peek(key: LimitKey, amount = 1): Promise<RateLimitResult> {
    return this.peeks.take(key, amount);
  }

  charge(key: LimitKey, amount: number): Promise<RateLimitResult> {
    // No default amount.
    const given = (amount as number | undefined) ?? Number.NaN;
    return given === 0 ? this.peeks.take(key) : this.charges.take(key, given);
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
}
