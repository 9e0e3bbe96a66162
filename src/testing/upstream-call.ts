/** A request that waits for its answer, given by hand. */
import { SluiceError } from "../errors.js";
import type { AnswerSink } from "./answer-sink.js";
import { Answering } from "./answering.js";
import { type HeadersInit, headerList } from "./headers.js";
import { bytesOf } from "./message-body.js";
import { ReceivedRequest } from "./received-request.js";
import type { Scheduler } from "./scheduler.js";
import { readyReply, type UpstreamReply } from "./upstream-reply.js";

/**
 * A request to an upstream that is answered by hand: with a whole reply, or a head, then chunks, then the end. Every step
 * resolves when all has happened that it can cause without time passing.
 */
export class UpstreamCall {
  /** What has come of the request. */
  readonly request: ReceivedRequest;
  /** Who called: the policy's name; undefined for a request that the route forwards. */
  readonly policy: string | undefined;
  /** @internal */
  readonly sink: AnswerSink;
  readonly #upstream: string;
  readonly #scheduler: Scheduler;

  /** @internal */
  constructor(upstream: string, sink: AnswerSink, policy: string | undefined, scheduler: Scheduler) {
    this.#upstream = upstream;
    this.sink = sink;
    this.policy = policy;
    this.request = new ReceivedRequest(sink.source);
    this.#scheduler = scheduler;
  }

  /** Nobody waits for more of the answer: it is complete, or whoever waited has gone. */
  get over(): boolean {
    return this.sink.over;
  }

  /** The gateway takes no more of the response for now. */
  get paused(): boolean {
    return this.sink.paused();
  }

  /** Answers with a whole response, or fails. */
  async reply(reply: UpstreamReply): Promise<void> {
    const ready = await readyReply(reply, this.#what("reply"));
    await this.#step(() => {
      this.#scheduler.add(new Answering(this.sink, ready, this.#scheduler));
    });
  }

  /** The response's head, with a body to come. */
  head(status: number, headers?: HeadersInit): Promise<void> {
    return this.#step(() => {
      this.sink.head(status, headerList(headers), false);
    });
  }

  /** A chunk of the response's body. */
  send(chunk: string | Uint8Array): Promise<void> {
    return this.#step(() => {
      this.sink.data(bytesOf(chunk, this.#what("send")).slice(), false);
    });
  }

  /** The end of the response, with its last chunk. */
  end(chunk: string | Uint8Array = ""): Promise<void> {
    return this.#step(() => {
      this.sink.data(bytesOf(chunk, this.#what("end")).slice(), true);
    });
  }

  /** The response's trailers, which end it. */
  sendTrailers(trailers: HeadersInit): Promise<void> {
    return this.#step(() => {
      this.sink.trailers(headerList(trailers));
    });
  }

  /** Closes the connection. */
  reset(): Promise<void> {
    return this.#step(() => {
      this.sink.fail("reset", "The test's upstream: reset.");
    });
  }

  async #step(step: () => void): Promise<void> {
    await this.#scheduler.settle();
    if (this.sink.over) {
      throw new SluiceError(
        "TEST_OVER",
        `${this.#what("answer")}: the call is over: it was answered already, or its caller gave it up.`,
      );
    }
    step();
    await this.#scheduler.settle();
  }

  #what(step: string): string {
    return `upstream ${this.#upstream}: ${step}`;
  }
}
