/** One exchange of a test, from its client's side. */

import { SluiceError } from "../errors.js";
import type { Chain } from "../host/chain/chain.js";
import type { Exchange, ExchangeEnd, ExchangeLimits } from "../host/exchange.js";
import type { PolicyStream } from "../host/stream-hostcalls.js";
import type { Authentication } from "../services/authentication/authentication.js";
import {
  authenticationProperty,
  decodeAuthentication,
  encodeAuthentication,
} from "../services/authentication/property.js";
import { type HeadersInit, headerLines, headerList, headerRecord } from "./headers.js";
import type { LogLine } from "./log-line.js";
import { bytesOf, joined } from "./message-body.js";
import type { TestClient } from "./options.js";
import { OneStep, type Scheduler } from "./scheduler.js";
import { sending } from "./sending.js";
import { TestDownstream } from "./test-downstream.js";
import type { ReadyRequest } from "./test-request.js";
import { type ExchangeRecord, type TestResponse, testResponse } from "./test-response.js";
import type { TraceEvent, TraceSink } from "./trace.js";
import type { UpstreamCall } from "./upstream-call.js";

/**
 * An exchange that goes on step by step. Every step resolves when all has happened that it can cause without time passing;
 * time passes by the gateway's `clock.advance`, and while `response()` waits.
 */
export interface TestExchange {
  /** A chunk of the request's body. Only where the body is `byHand`, as for `end` and `sendTrailers`. */
  send(chunk: string | Uint8Array): Promise<void>;
  /** The end of the request, with its last chunk. */
  end(chunk?: string | Uint8Array): Promise<void>;
  /** The request's trailers, which end it. */
  sendTrailers(trailers: HeadersInit): Promise<void>;
  /** The client goes away. */
  drop(): Promise<void>;
  /** What the client has of the response by now. */
  readonly received: ReceivedResponse;
  /** The gateway wants no more of the request's body for now. */
  readonly paused: boolean;
  /** Nothing more will happen in it. */
  readonly over: boolean;
  /** What happened so far, and how it came to the response once there is one. */
  readonly record: ExchangeRecord;
  /**
   * The whole response; time passes while it waits.
   *
   * @throws SluiceError TEST_STUCK when nothing can happen any more, TEST_DISCONNECTED when the client does not get a complete one
   */
  response(): Promise<TestResponse>;
}

/** A response as its client has it by now. */
export interface ReceivedResponse {
  /** 0 before its head. */
  readonly status: number;
  /** By name in lower case; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Every header in order. */
  readonly headerLines: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly bytes: Uint8Array;
  readonly trailers: Readonly<Record<string, string>>;
  /** All of it has come. */
  readonly ended: boolean;
  /** The gateway broke it off. */
  readonly broken: boolean;
}

/** What an exchange needs of its gateway. */
export interface ExchangeSurroundings {
  readonly scheduler: Scheduler;
  readonly chain: Chain;
  /** The chain's. */
  readonly worker: number;
  readonly limits: ExchangeLimits;
  readonly client: TestClient;
  /** Unique, and in every log line of it. */
  readonly id: string;
  /** The name under which the chain forwards it. */
  readonly upstream: string;
  /** Who holds things up that only the test can bring on: forwarded requests of this exchange, calls of these policies. */
  heldCalls(policies: ReadonlySet<string>): readonly string[];
  /** Calls of these policies that wait for an answer. */
  openCalls(policies: ReadonlySet<string>): readonly string[];
  /** Throws what the test did not expect. */
  throwProblems(): void;
}

export class RunningExchange implements TestExchange, TraceSink {
  readonly #trace: TraceEvent[] = [];
  /** What policies wrote about it. */
  readonly log: LogLine[] = [];
  /** The forwarded request, once there is one. */
  forwarded: UpstreamCall | undefined;
  readonly #surroundings: ExchangeSurroundings;
  readonly #request: ReadyRequest;
  readonly #downstream: TestDownstream;
  #startedAt: number;
  #exchange: Exchange | undefined;
  #end: ExchangeEnd | undefined;
  #bodyEnded: boolean;
  #authenticated = false;
  #authentication: Authentication | undefined;

  constructor(surroundings: ExchangeSurroundings, request: ReadyRequest, onOpen: (exchange: RunningExchange) => void) {
    const { scheduler, worker } = surroundings;
    this.#surroundings = surroundings;
    this.#request = request;
    this.#startedAt = scheduler.clock.now();
    this.#downstream = new TestDownstream(this);
    this.#bodyEnded = !request.byHand;
    onOpen(this);
    if (scheduler.random === undefined) {
      this.#open();
      return;
    }
    // Which of several requests arrives first is drawn, too.
    scheduler.add(
      new OneStep(worker, () => {
        this.#open();
      }),
    );
  }

  #open(): void {
    const { scheduler, chain, limits, client, id, upstream } = this.#surroundings;
    const request = this.#request;
    this.#startedAt = scheduler.clock.now();
    this.event("client", `sends request headers ${this.#shown}${request.endOfStream ? ", end" : ""}`);
    const { tls, address = "192.0.2.7:4711" } = { ...client, ...request.init.client };
    this.#exchange = chain.open({
      head: { headers: request.headers, endOfStream: request.endOfStream },
      facts: {
        requestId: id,
        routeName: "route-0",
        protocol: "HTTP/1.1",
        clientAddress: address,
        localAddress: "192.0.2.1:8080",
        ...(tls !== undefined && { tls }),
      },
      limits,
      upstream,
      downstream: this.#downstream,
      onEnd: (end) => {
        this.#end = end;
      },
    });
    this.#sendBody();
  }

  event(who: string, what: string, answer?: TraceEvent["answer"]): void {
    const at = this.#surroundings.scheduler.clock.now() - this.#startedAt;
    this.#trace.push({ at, who, what, ...(answer !== undefined && { answer }) });
  }

  opened(stream: PolicyStream): void {
    const { authentication } = this.#request.init;
    if (authentication === undefined || this.#authenticated) {
      return;
    }
    this.#authenticated = true;
    stream.setProperty(authenticationProperty, encodeAuthentication(authentication));
  }

  closing(stream: PolicyStream): void {
    const bytes = stream.getProperty(authenticationProperty);
    this.#authentication = bytes === undefined || bytes.length === 0 ? undefined : decodeAuthentication(bytes);
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  get paused(): boolean {
    return this.#downstream.paused;
  }

  get received(): ReceivedResponse {
    const { status, headers, chunks, trailers, ended, broken } = this.#downstream;
    const bytes = joined(chunks);
    const body = new TextDecoder().decode(bytes);
    return {
      status,
      headers: headerRecord(headers),
      headerLines: headerLines(headers),
      body,
      bytes,
      trailers: headerRecord(trailers),
      ended,
      broken,
    };
  }

  send(chunk: string | Uint8Array): Promise<void> {
    return this.#step("send", () => {
      this.#exchange?.onRequestData(bytesOf(chunk, "send").slice(), false);
    });
  }

  end(chunk: string | Uint8Array = ""): Promise<void> {
    return this.#step("end", () => {
      this.#bodyEnded = true;
      this.#exchange?.onRequestData(bytesOf(chunk, "end").slice(), true);
    });
  }

  sendTrailers(trailers: HeadersInit): Promise<void> {
    return this.#step("sendTrailers", () => {
      this.#bodyEnded = true;
      this.#exchange?.onRequestTrailers(headerList(trailers));
    });
  }

  async drop(): Promise<void> {
    const { scheduler } = this.#surroundings;
    await scheduler.settle();
    this.event("client", "goes away");
    this.#bodyEnded = true;
    this.#exchange?.onDownstreamReset();
    await scheduler.settle();
  }

  async response(): Promise<TestResponse> {
    const { scheduler } = this.#surroundings;
    await scheduler.runUntil({
      done: () => this.over,
      heldBy: () => this.#heldBy(),
      stuck: () => `${this.#shown}: ${this.#waitsFor()}`,
    });
    this.#surroundings.throwProblems();
    return this.#response();
  }

  get record(): ExchangeRecord {
    return {
      requestId: this.#surroundings.id,
      details: this.#end?.details,
      upstream: this.forwarded?.request,
      violation: this.#end?.violation,
      authentication: this.#authentication,
      log: this.log,
      durationMilliseconds:
        this.#end?.durationMilliseconds ?? this.#surroundings.scheduler.clock.now() - this.#startedAt,
      partialRequestBy: this.#end?.partialRequestBy,
      trace: this.#trace,
    };
  }

  /** What keeps it open, for people. */
  get shown(): string {
    return `${this.#shown}: ${this.#heldBy() ?? this.#waitsFor()}`;
  }

  #response(): TestResponse {
    const end = this.#end as ExchangeEnd;
    const { ended, status, chunks } = this.#downstream;
    if (!ended) {
      const got =
        status === 0
          ? "no response"
          : `a response ${status} that breaks off after ${joined(chunks).length} bytes of its body`;
      throw new SluiceError("TEST_DISCONNECTED", `${this.#shown}: the client got ${got} (${end.details}).`);
    }
    return testResponse(this.#downstream, this.record);
  }

  #sendBody(): void {
    const { content = { chunks: [], chunked: true, contentType: undefined }, trailers, endOfStream } = this.#request;
    if (this.#request.byHand || endOfStream) {
      return;
    }
    const { scheduler, worker } = this.#surroundings;
    const actions = sending(
      content,
      trailers,
      {
        paused: () => this.#downstream.paused,
        data: (chunk, end) => {
          this.#exchange?.onRequestData(chunk, end);
        },
        trailers: (list) => {
          this.#exchange?.onRequestTrailers(list);
        },
      },
      scheduler.random,
    );
    const isOver = () => this.over;
    scheduler.add({
      worker,
      get over() {
        return isOver() || actions.length === 0;
      },
      step() {
        if (actions[0]?.() !== true) {
          return false;
        }
        actions.shift();
        return true;
      },
    });
  }

  async #step(name: string, step: () => void): Promise<void> {
    const { scheduler } = this.#surroundings;
    if (!this.#request.byHand) {
      throw new SluiceError(
        "TEST_OPTIONS",
        `${this.#shown}: ${name}: give the request the body byHand to send it step by step.`,
      );
    }
    if (this.#bodyEnded) {
      throw new SluiceError("TEST_OVER", `${this.#shown}: ${name}: the request has ended already.`);
    }
    await scheduler.settle();
    // As a connection: what comes when all is said is thrown away.
    if (!this.over) {
      step();
    }
    await scheduler.settle();
  }

  get #shown(): string {
    const [, method, , , , , , path] = this.#request.headers;
    return `${method as string} ${path as string}`;
  }

  /** The last thing that a policy did, where it holds the message: nothing has reached the upstream since. */
  get #holder(): TraceEvent | undefined {
    const last = this.#trace.findLast(({ who, answer }) => answer !== undefined || who.startsWith("upstream "));
    return last?.answer === "holds" ? last : undefined;
  }

  #heldBy(): string | undefined {
    if (!this.#bodyEnded) {
      return `${this.#shown}: its body is sent by hand and has not ended; call end()`;
    }
    const holder = this.#holder;
    const [call] = this.#surroundings.heldCalls(new Set(holder === undefined ? [] : [holder.who]));
    if (call === undefined) {
      return undefined;
    }
    return `${this.#shown}: ${holder === undefined ? "the client" : holder.who} awaits ${call}, whose answers the test gives by hand; call next() and reply()`;
  }

  #waitsFor(): string {
    const holder = this.#holder;
    if (holder === undefined) {
      return "nothing can happen any more";
    }
    const [call] = this.#surroundings.openCalls(new Set([holder.who]));
    return call === undefined
      ? `${holder.who} holds it since it got ${holder.what}, and awaits nothing that can still happen`
      : `${holder.who} awaits ${call}`;
  }
}
