/** Where an upstream's answer goes: into a forwarded exchange, or to a policy that called. */
import type { HeaderList } from "../abi/port.js";
import type { Clock } from "../host/clock.js";
import type { CallOutcome, UpstreamFailure, UpstreamRequest, UpstreamResponseSink } from "../host/upstreams.js";
import { joined } from "./message-body.js";
import type { RequestSource } from "./received-request.js";
import type { MessageReceiver } from "./sending.js";

/** The answer's way back, and what has come of the request. */
export interface AnswerSink extends MessageReceiver {
  /** Who gets it. */
  readonly worker: number;
  readonly source: RequestSource;
  /** Nobody waits for more: the answer is complete, or was given up. */
  readonly over: boolean;
  head(status: number, headers: HeaderList, endOfStream: boolean): void;
  fail(failure: UpstreamFailure, detail: string): void;
}

/** The answer to a request that a route forwards. */
export class ForwardedAnswer implements AnswerSink, UpstreamRequest {
  readonly worker: number;
  readonly address = "192.0.2.80:80";
  readonly source: {
    headers: HeaderList;
    chunks: Uint8Array[];
    trailers: HeaderList | undefined;
    ended: boolean;
    broken: boolean;
  };
  over = false;
  readonly #sink: UpstreamResponseSink;
  #paused = false;

  constructor(worker: number, headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink) {
    this.worker = worker;
    this.source = { headers, chunks: [], trailers: undefined, ended: endOfStream, broken: false };
    this.#sink = sink;
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    if (chunk.length > 0) {
      this.source.chunks.push(chunk.slice());
    }
    this.source.ended ||= endOfStream;
    return true;
  }

  sendTrailers(trailers: HeaderList): void {
    this.source.trailers = trailers;
    this.source.ended = true;
  }

  pauseResponse(): void {
    this.#paused = true;
  }

  resumeResponse(): void {
    this.#paused = false;
  }

  reset(): void {
    this.over = true;
    this.source.broken ||= !this.source.ended;
  }

  paused(): boolean {
    return this.#paused;
  }

  head(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.over = endOfStream;
    this.#sink.onHeaders(status, headers, endOfStream);
  }

  data(chunk: Uint8Array, endOfStream: boolean): void {
    this.over = endOfStream;
    this.#sink.onData(chunk, endOfStream);
  }

  trailers(trailers: HeaderList): void {
    this.over = true;
    this.#sink.onTrailers(trailers);
  }

  fail(failure: UpstreamFailure, detail: string): void {
    this.over = true;
    this.source.broken ||= !this.source.ended;
    this.#sink.onFailure(failure, detail);
  }
}

/** The answer to a policy's call, which gets it as a whole. */
export class CallAnswer implements AnswerSink {
  readonly worker: number;
  readonly source: RequestSource;
  over = false;
  readonly #bodyBytes: number;
  readonly #done: (outcome: CallOutcome) => void;
  readonly #cancelTimeout: () => void;
  #status = 0;
  #headers: HeaderList = [];
  readonly #chunks: Uint8Array[] = [];

  constructor(
    worker: number,
    request: { headers: HeaderList; body: Uint8Array | undefined; trailers: HeaderList },
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    clock: Clock,
    done: (outcome: CallOutcome) => void,
  ) {
    const { headers, body, trailers } = request;
    this.worker = worker;
    this.source = { headers, chunks: body === undefined ? [] : [body.slice()], trailers, ended: true, broken: false };
    this.#bodyBytes = limits.bodyBytes;
    this.#done = done;
    this.#cancelTimeout = clock.schedule(limits.timeoutMilliseconds, () => {
      this.fail("timeout", `No complete response within ${limits.timeoutMilliseconds} ms.`);
    });
  }

  /** The caller gives the call up. */
  cancel(): void {
    this.over = true;
    this.#cancelTimeout();
  }

  paused(): boolean {
    return false;
  }

  head(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.#status = status;
    this.#headers = headers;
    if (endOfStream) {
      this.#complete([]);
    }
  }

  data(chunk: Uint8Array, endOfStream: boolean): void {
    this.#chunks.push(chunk);
    const size = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    if (size > this.#bodyBytes) {
      this.fail("too-large", `The response's body has more than ${this.#bodyBytes} bytes.`);
    } else if (endOfStream) {
      this.#complete([]);
    }
  }

  trailers(trailers: HeaderList): void {
    this.#complete(trailers);
  }

  fail(failure: UpstreamFailure, detail: string): void {
    this.#finish({ ok: false, failure, detail });
  }

  #complete(trailers: HeaderList): void {
    this.#finish({ ok: true, status: this.#status, headers: this.#headers, body: joined(this.#chunks), trailers });
  }

  #finish(outcome: CallOutcome): void {
    if (this.over) {
      return;
    }
    this.cancel();
    this.#done(outcome);
  }
}
