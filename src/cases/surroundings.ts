/** What is around a chain of policies: its client, and what it can call. On sockets or in memory, as the engine needs them. */
import type { BackendExchange, CaseRequest, ResponseEnd } from "./runner/case-file.js";
import type { SyncPoint } from "./runner/payload.js";
import type { Splitting } from "./runner/splitting.js";
import type { Pairs } from "./runner/value-matcher.js";

export interface ClientOutcome {
  /** That policies write into their lines. */
  requestId: string;
  end: ResponseEnd;
  /** 0 without a head. */
  status: number;
  headers: Pairs;
  body: Buffer;
  trailers: Pairs;
  /** By the clock that policies see. */
  elapsedMilliseconds: number;
}

export interface ExchangeOptions {
  splitting: Splitting;
  /** Nothing follows: what comes beyond the response is an error. */
  last: boolean;
  progress: Progress;
}

/** Sends exactly what it is told to and takes nothing but well-framed responses, one for each request. */
export interface Client {
  /** What has come of the present response; status 0 before its head. */
  readonly received: { status: number; bytes: number };
  /** Rejects for what is not HTTP, and when nothing has an end. */
  exchange(request: CaseRequest, options: ExchangeOptions): Promise<ClientOutcome>;
  close(): void;
}

/** How far things have come, for messages that wait for each other. */
export interface Progress {
  reached(point: SyncPoint): boolean;
}

/** A request of which at least the head arrived. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: Pairs;
  readonly body: Buffer;
  readonly trailers: Pairs;
  readonly complete: boolean;
  /** It will never be complete. */
  readonly broken: boolean;
}

/** What a backend does in a step. */
export interface BackendScript {
  exchanges: readonly BackendExchange[];
  splitting: Splitting;
  progress: Progress;
  /** Each request that gets a scripted answer. */
  onAnswered(arrival: Arrival, exchange: BackendExchange): void;
}

/** An upstream (or service) that remembers exactly what reached it and answers what it is told to. */
export interface Backend {
  readonly origin: string;
  /** In the order of their heads. */
  readonly arrivals: readonly Arrival[];
  /** What went wrong here: malformed requests, and such as the script does not know. */
  readonly problems: readonly string[];
  /** Scripted answers that nobody asked for. */
  readonly unused: number;
  /** Replaces the script, and takes what waited for one. */
  script(script: BackendScript): Promise<void>;
  /** Until the next script what comes is kept waiting. */
  pause(): void;
  /** Resolves when every connection is closed, which the other side does, or after 5 s. */
  untilAllClosed(): Promise<void>;
  close(): Promise<void>;
}
