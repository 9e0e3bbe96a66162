/** A policy's HTTP call: a whole request and a whole response. */
import type { HeaderList } from "../abi/port.js";
import type { Clock } from "../host/clock.js";
import type { CallOutcome, UpstreamFailure, UpstreamRequest, UpstreamResponseSink } from "../host/upstreams.js";

/** Gathers a response, within its limits. */
export class PolicyCall implements UpstreamResponseSink {
  /** Set right after `forward` returned, which calls nothing before. */
  request: UpstreamRequest | undefined;
  readonly #bodyBytes: number;
  readonly #done: (outcome: CallOutcome) => void;
  readonly #cancelTimeout: () => void;
  #status = 0;
  #headers: HeaderList = [];
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #over = false;

  constructor(
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    clock: Clock,
    done: (outcome: CallOutcome) => void,
  ) {
    this.#bodyBytes = limits.bodyBytes;
    this.#done = done;
    this.#cancelTimeout = clock.schedule(limits.timeoutMilliseconds, () => {
      this.#abandon("timeout", `No complete response within ${limits.timeoutMilliseconds} ms.`);
    });
  }

  onHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.#status = status;
    this.#headers = headers;
    if (endOfStream) {
      this.#complete([]);
    }
  }

  onData(chunk: Uint8Array, endOfStream: boolean): void {
    this.#size += chunk.length;
    if (this.#size > this.#bodyBytes) {
      this.#abandon("too-large", `The response's body has more than ${this.#bodyBytes} bytes.`);
      return;
    }
    this.#chunks.push(chunk);
    if (endOfStream) {
      this.#complete([]);
    }
  }

  onTrailers(trailers: HeaderList): void {
    this.#complete(trailers);
  }

  onFailure(failure: UpstreamFailure, detail: string): void {
    this.#finish({ ok: false, failure, detail });
  }

  onDrain(): void {
    // The body was given whole.
  }

  /** Gives the call up; `done` is not called any more. */
  cancel(): void {
    if (!this.#over) {
      this.#over = true;
      this.#cancelTimeout();
      this.request?.reset();
    }
  }

  #abandon(failure: UpstreamFailure, detail: string): void {
    this.request?.reset();
    this.#finish({ ok: false, failure, detail });
  }

  #complete(trailers: HeaderList): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#finish({ ok: true, status: this.#status, headers: this.#headers, body, trailers });
  }

  #finish(outcome: CallOutcome): void {
    if (!this.#over) {
      this.#over = true;
      this.#cancelTimeout();
      this.#done(outcome);
    }
  }
}
