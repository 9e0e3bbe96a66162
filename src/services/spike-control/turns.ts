/** Requests at no more than a rate: those that come faster wait for their turn. */
import type { Duration } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import { type ExchangeContext, type ExchangePort, exchangePort, type InstancePort } from "../../policy/service.js";
import { type LimitTable, TakeMode } from "../../state/limit-table.js";
import { type Admission, atOnce, quotaExceeded, refusal } from "./admission.js";
import { Held } from "./held.js";
import { number, type QueueOptions, refused } from "./options.js";

/** How fast requests go on. */
export interface SpikeOptions extends QueueOptions {
  /** Requests in a `period`. One goes on every `period / requests` milliseconds. */
  readonly requests: number;
  /** Milliseconds, or `"1s"`. */
  readonly period: Duration;
  /** How many go on at once when none has come for a while; default 1. */
  readonly burst?: number | undefined;
  /** For how many keys there is room; default 65,536. */
  readonly entries?: number | undefined;
}

/** Lets requests go on one after the other, over all workers of a gateway. */
export interface SpikeControl {
  /**
   * Settled when the request may go on: at once, or in its turn, which is that of its arrival; at once, too, when it would have to wait for too
   * long. When the filter is ended meanwhile, as when the client leaves, the turn is given up: whoever comes next has it, if nobody has come yet.
   *
   * @param context that of the request filter
   * @param key of those that count together; default: all
   * @param amount how many requests it counts as; default 1
   * @throws SluiceError `SPIKE_OPTIONS`, `SERVICE_CONTEXT`
   */
  admit(context: ExchangeContext, key?: string, amount?: number): Promise<Admission>;
}

export class TableSpikeControl implements SpikeControl {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly table: LimitTable;

  constructor(port: InstancePort, name: string, table: LimitTable) {
    this.port = port;
    this.name = name;
    this.table = table;
  }

  admit(context: ExchangeContext, key = "", amount = 1): Promise<Admission> {
    const exchange = exchangePort(context, "admit()");
    if (typeof key !== "string") {
      throw refused(`${this.name}: admit(): key`, "a string", key);
    }
    number(`${this.name}: admit(): amount`, amount, 1, 1_000_000);
    const { table } = this;
    if (!table.take(key, amount)) {
      return KitPromise.resolved<Admission>(refusal(quotaExceeded, table.retryAfter(0)));
    }
    const wait = table.retryAfter(0);
    return wait === 0 ? KitPromise.resolved<Admission>(atOnce) : this.hold(exchange, key, amount, wait);
  }

  private hold(exchange: ExchangePort, key: string, amount: number, wait: number): Promise<Admission> {
    const { port, table } = this;
    // Whoever comes later has moved it on.
    const turn = table.at + table.resetAfter(0);
    const giveBack = (): void => {
      table.take(key, amount, TakeMode.Refund, turn);
    };
    if (exchange.signal.aborted) {
      giveBack();
      return KitPromise.rejected(exchange.signal.reason);
    }
    const held = new Held(port, exchange, wait, () => held.admit(port.now()), giveBack);
    return held.promise;
  }
}

hideFields(TableSpikeControl);
