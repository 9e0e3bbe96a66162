import type { Clock } from "../clock.js";
import type { Downstream } from "../downstream.js";
import type { ExchangeEnd, ExchangeFacts, ExchangeLimits, RequestHead } from "../exchange.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import type { UpstreamFailure, Upstreams } from "../upstreams.js";
import type { Deadlines } from "./deadlines.js";

/** What an exchange needs of its chain. */
export interface ExchangeHost {
  readonly policies: readonly PolicyRuntime[];
  readonly clock: Clock;
  readonly upstreams: Upstreams;
  readonly reports: ChainReports;
  onExchangeEnd(): void;
}

/** What operators should see; each at most once per exchange and cause. */
export interface ChainReports {
  /** A guest threw out of an event; the exchange was answered 500 or broken off. */
  onPolicyFailure?(policy: string, facts: ExchangeFacts, error: unknown): void;
  /** A policy broke a request off after the upstream had got its beginning. */
  onPartialRequest?(policy: string, facts: ExchangeFacts): void;
  /** A policy held a message, and no byte moved for that long; the exchange was answered 504 or broken off. */
  onHoldTimeout?(policy: string, facts: ExchangeFacts, milliseconds: number): void;
  /** A forwarded request got no complete response. */
  onUpstreamFailure?(upstream: string, facts: ExchangeFacts, failure: UpstreamFailure, detail: string): void;
  /** A defect of the host, or of the listener or upstreams it was given; the exchange was broken off. */
  onHostFailure?(facts: ExchangeFacts, error: unknown): void;
}

/** One exchange to open. */
export interface OpenExchange {
  head: RequestHead;
  facts: ExchangeFacts;
  limits: ExchangeLimits;
  /** The name of the upstream that the route forwards to. */
  upstream: string;
  downstream: Downstream;
  /** Whether the end shall have an `ExchangeDetail`, which costs a copy of the headers. Default false. */
  wantsDetail?: boolean;
  /** Called once, when everything is over; perhaps before `open` has returned. */
  onEnd(end: ExchangeEnd): void;
}

/** The deadlines of one route's limits. */
export interface RouteDeadlines {
  response: Deadlines;
  idle: Deadlines;
}
