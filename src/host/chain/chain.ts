import type { Clock } from "../clock.js";
import type { Exchange, ExchangeLimits } from "../exchange.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import type { Upstreams } from "../upstreams.js";
import { ChainExchange } from "./chain-exchange.js";
import type { ChainReports, ExchangeHost, OpenExchange, RouteDeadlines } from "./chain-options.js";
import { Deadlines } from "./deadlines.js";

export interface ChainOptions {
  clock: Clock;
  /** Where requests are forwarded to. */
  upstreams: Upstreams;
  reports?: ChainReports;
}

/** An ordered list of policies, and the exchanges that pass them. */
export interface Chain {
  /**
   * Lets a request in. The request is worked on before this returns, so the downstream may be called, and `onEnd` too,
   * while the caller has no `Exchange` yet. Never throws, except on a closed chain.
   */
  open(exchange: OpenExchange): Exchange;
  /** Exchanges that are not over. */
  readonly openExchanges: number;
  /** Takes no more exchanges; resolves when the last one is over. Closes no policy. Idempotent. */
  close(): Promise<void>;
}

/** Makes a chain. Requests pass the policies first to last, responses last to first; none at all is fine. */
export function createChain(policies: readonly PolicyRuntime[], options: ChainOptions): Chain {
  return new PolicyChain(policies, options);
}

class PolicyChain implements Chain, ExchangeHost {
  readonly clock: Clock;
  readonly upstreams: Upstreams;
  readonly reports: ChainReports;
  openExchanges = 0;
  readonly #deadlines = new Map<number, Deadlines>();
  #limits: ExchangeLimits | undefined = undefined;
  #routeDeadlines: RouteDeadlines | undefined = undefined;
  #closed: Promise<void> | undefined = undefined;
  #onIdle: (() => void) | undefined = undefined;

  constructor(
    readonly policies: readonly PolicyRuntime[],
    options: ChainOptions,
  ) {
    this.clock = options.clock;
    this.upstreams = options.upstreams;
    this.reports = options.reports ?? {};
  }

  open(open: OpenExchange): Exchange {
    if (this.#closed !== undefined) {
      throw new Error("this chain is closed");
    }
    this.openExchanges++;
    const exchange = new ChainExchange(this, open, this.#deadlinesFor(open.limits));
    exchange.begin();
    return exchange;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#closeIfIdle();
    });
    return this.#closed;
  }

  onExchangeEnd(): void {
    this.openExchanges--;
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#onIdle !== undefined && this.openExchanges === 0) {
      for (const deadlines of this.#deadlines.values()) {
        deadlines.close();
      }
      this.#onIdle();
    }
  }

  /** A route has one limits object for all its exchanges, so this is one comparison. */
  #deadlinesFor(limits: ExchangeLimits): RouteDeadlines {
    if (this.#limits !== limits || this.#routeDeadlines === undefined) {
      this.#limits = limits;
      this.#routeDeadlines = {
        response: this.#deadlinesOf(limits.upstreamResponseMilliseconds),
        idle: this.#deadlinesOf(limits.streamIdleMilliseconds),
      };
    }
    return this.#routeDeadlines;
  }

  #deadlinesOf(milliseconds: number): Deadlines {
    let deadlines = this.#deadlines.get(milliseconds);
    if (deadlines === undefined) {
      deadlines = new Deadlines(this.clock, milliseconds);
      this.#deadlines.set(milliseconds, deadlines);
    }
    return deadlines;
  }
}
