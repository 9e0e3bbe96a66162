/** No more requests at the same time than a limit: those that come meanwhile wait until one has ended. */
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import { type ExchangeContext, type ExchangePort, exchangePort, type InstancePort } from "../../policy/service.js";
import { type Admission, atOnce, reducedCapacity, refusal } from "./admission.js";
import { Held } from "./held.js";
import type { QueueOptions } from "./options.js";
import { beat, type PermitRecords } from "./permit-records.js";

/** How many requests there are at the same time. */
export interface ConcurrencyOptions extends QueueOptions {
  /** Over all workers. */
  readonly limit: number;
}

/** Lets a number of requests go on at the same time, over all workers of a gateway. */
export interface Concurrency {
  /**
   * Settled when the request has a permit: at once, or when others have ended; at once, too, when too many wait already, and at the latest after
   * `maxWait`. A request has one permit, however often it asks.
   *
   * @param context that of the request filter
   * @throws SluiceError `SERVICE_CONTEXT`
   */
  acquire(context: ExchangeContext): Promise<Admission>;
  /**
   * Gives the permit of the exchange back, if it has one: in `onDone`, which is called whatever the end.
   *
   * @throws SluiceError `SERVICE_CONTEXT`
   */
  release(context: ExchangeContext): void;
}

/** Milliseconds after which those that wait look whether another worker has given a permit back. */
const pollPause = 20;
/** What a refused client is told: nobody knows when one of those inside will have ended. */
const retryAfter = 1_000;

export class SharedConcurrency implements Concurrency {
  private readonly port: InstancePort;
  private readonly records: PermitRecords;
  private readonly limit: number;
  private readonly maxQueue: number;
  private readonly maxWait: number;
  private readonly holders = new Set<ExchangePort>();
  /** In the order in which they came. */
  private readonly queue = new Set<Held>();
  private cancelPulse: (() => void) | undefined;
  private pulsesFast = false;
  private sweptAt = 0;

  constructor(
    port: InstancePort,
    records: PermitRecords,
    limit: number,
    { maxQueue, maxWait }: { maxQueue: number; maxWait: number },
  ) {
    this.port = port;
    this.records = records;
    this.limit = limit;
    this.maxQueue = maxWait === 0 ? 0 : maxQueue;
    this.maxWait = maxWait;
  }

  acquire(context: ExchangeContext): Promise<Admission> {
    const exchange = exchangePort(context, "acquire()");
    if (this.holders.has(exchange)) {
      return KitPromise.resolved<Admission>(atOnce);
    }
    const before = this.queue.size;
    const { granted, accepted } = this.update(true);
    if (granted > before) {
      this.holders.add(exchange);
    }
    const result =
      granted > before
        ? KitPromise.resolved<Admission>(atOnce)
        : accepted
          ? this.hold(exchange)
          : KitPromise.resolved<Admission>(refusal(reducedCapacity, retryAfter));
    this.grant(Math.min(granted, before));
    this.pulse();
    return result;
  }

  release(context: ExchangeContext): void {
    if (this.holders.delete(exchangePort(context, "release()"))) {
      this.serve();
    }
  }

  private update(newcomer: boolean): { granted: number; accepted: boolean } {
    const own = { held: this.holders.size, waiting: this.queue.size };
    return this.records.update(own, newcomer, this.limit, this.maxQueue, this.port.now());
  }

  private hold(exchange: ExchangePort): Promise<Admission> {
    if (exchange.signal.aborted) {
      this.serve();
      return KitPromise.rejected(exchange.signal.reason);
    }
    const leave = (): void => {
      this.queue.delete(held);
      this.serve();
    };
    const onTime = (): void => {
      leave();
      held.settle(refusal(reducedCapacity, retryAfter));
    };
    const held = new Held(this.port, exchange, this.maxWait, onTime, leave);
    this.queue.add(held);
    return held.promise;
  }

  /** Gives those that wait what is free, and says what is. */
  private serve(): void {
    this.grant(this.update(false).granted);
    this.pulse();
  }

  /** To the first of those that wait. What they do next may come back here, so all is noted before. */
  private grant(count: number): void {
    const first = [...this.queue].slice(0, count);
    for (const held of first) {
      this.queue.delete(held);
      this.holders.add(held.exchange);
    }
    for (const held of first) {
      held.admit(this.port.now());
    }
  }

  /** Comes back as long as anybody waits, or holds a permit. */
  private pulse(): void {
    const fast = this.queue.size > 0;
    if (this.cancelPulse !== undefined && (this.pulsesFast || !fast)) {
      return;
    }
    this.cancelPulse?.();
    this.cancelPulse = undefined;
    if (this.queue.size + this.holders.size === 0) {
      return;
    }
    this.pulsesFast = fast;
    this.cancelPulse = this.port.schedule(fast ? pollPause : beat, () => {
      this.cancelPulse = undefined;
      this.sweep();
      this.serve();
    });
  }

  /** What nobody gave back is free when its exchange is over. */
  private sweep(): void {
    const now = this.port.now();
    if (now - this.sweptAt < beat) {
      return;
    }
    this.sweptAt = now;
    for (const exchange of this.holders) {
      if (exchange.exchange() === undefined) {
        this.holders.delete(exchange);
      }
    }
  }
}

hideFields(SharedConcurrency);
