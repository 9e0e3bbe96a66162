/** Follows a response from an upstream so that its last byte is known when it comes. */
import type { HeaderList } from "../abi/port.js";
import type { UpstreamFailure, UpstreamResponseSink } from "../host/upstreams.js";
import { headExcess } from "./head-size.js";
import { appendEndToEnd, headerValue, trailerList } from "./hop-by-hop.js";
import type { ResponseGate } from "./response-gate.js";
import { headProblem } from "./response-head.js";

const nothing = new Uint8Array(0);

/** What both ways to an upstream share: which heads are good, when a response ends, and that nothing is said after its end. */
export class ResponseProgress {
  /** The sink was told the end, or will hear nothing more. */
  over = false;
  /** Of the connection that the request went out on. */
  gate: ResponseGate | undefined;
  /** A head that the sink does not have yet. */
  #head: { status: number; headers: HeaderList } | undefined;
  /** Bytes of the body still to come, -1 when only the end tells. */
  #remaining = -1;

  constructor(
    readonly sink: UpstreamResponseSink,
    readonly method: string,
  ) {}

  /** `raw` is all that came. Returns why it cannot be passed on; the sink knows nothing of it then. */
  onHead(status: number, reason: string, raw: readonly string[]): string | undefined {
    const problem = headProblem(status, reason, raw, this.gate?.ofHttp10 === true);
    if (problem !== undefined) {
      return problem;
    }
    const headers = appendEndToEnd([], raw);
    const length = headerValue(headers, "content-length");
    this.#remaining = length === undefined ? -1 : Number(length);
    if (this.method === "HEAD" || status === 204 || status === 304 || this.#remaining === 0) {
      this.over = true;
      this.sink.onHeaders(status, headers, true);
    } else {
      // What came with it may show that its body cannot be read; then there is still another answer.
      this.#head = { status, headers };
      process.nextTick(tellHeadUnlessLost, this);
    }
    return undefined;
  }

  /** Tells the sink a head that it does not have yet. */
  tellHead(): void {
    const head = this.#head;
    if (head !== undefined && !this.over) {
      this.#head = undefined;
      this.sink.onHeaders(head.status, head.headers, false);
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.#head !== undefined) {
      this.tellHead();
    }
    if (this.over) {
      return;
    }
    if (this.#remaining > 0) {
      this.#remaining -= chunk.length;
    }
    // Ending with the last byte instead of after it saves a write to the client.
    this.over = this.#remaining === 0;
    this.sink.onData(chunk, this.over);
  }

  /** `raw` are the trailers. */
  onEnd(raw: readonly string[]): void {
    this.tellHead();
    if (this.over) {
      return;
    }
    const excess = headExcess(0, raw);
    if (excess !== undefined) {
      // Later: what was told in this tick is then on its way.
      setImmediate(() => {
        this.onFailure("reset", `The trailers of the upstream's response have ${excess}.`);
      });
      return;
    }
    const trailers = trailerList(raw);
    this.over = true;
    if (trailers.length > 0) {
      this.sink.onTrailers(trailers);
    } else {
      this.sink.onData(nothing, true);
    }
  }

  onFailure(failure: UpstreamFailure, detail: string): void {
    if (!this.over) {
      this.over = true;
      this.sink.onFailure(failure, detail);
    }
  }
}

function tellHeadUnlessLost(progress: ResponseProgress): void {
  if (progress.gate?.lost !== true) {
    progress.tellHead();
  }
}

/** What to tell an operator of a lost connection: the code where there is one, since a message may have data of the request. */
export function errorDetail(error: Error & { code?: unknown }): string {
  return typeof error.code === "string" ? error.code : error.message;
}
