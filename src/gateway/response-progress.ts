/** Follows a response from an upstream so that its last byte is known when it comes. */
import type { HeaderList } from "../abi/port.js";
import type { UpstreamFailure, UpstreamResponseSink } from "../host/upstreams.js";
import { headerValue } from "./hop-by-hop.js";

const nothing = new Uint8Array(0);

/** What both ways to an upstream share: when a response ends, and that nothing is said after its end. */
export class ResponseProgress {
  /** The sink was told the end, or will hear nothing more. */
  over = false;
  /** The sink has the head. */
  begun = false;
  /** Bytes of the body still to come, -1 when only the end tells. */
  #remaining = -1;

  constructor(
    readonly sink: UpstreamResponseSink,
    readonly method: string,
  ) {}

  /** `headers` is end-to-end already. */
  onHead(status: number, headers: HeaderList): void {
    const length = headerValue(headers, "content-length");
    this.#remaining = length === undefined ? -1 : Number(length);
    const ended = this.method === "HEAD" || status === 204 || status === 304 || this.#remaining === 0;
    this.begun = true;
    this.over = ended;
    this.sink.onHeaders(status, headers, ended);
  }

  onData(chunk: Uint8Array): void {
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

  onEnd(trailers: HeaderList): void {
    if (this.over) {
      return;
    }
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

/** What to tell an operator of a lost connection: the code where there is one, since a message may have data of the request. */
export function errorDetail(error: Error & { code?: unknown }): string {
  return typeof error.code === "string" ? error.code : error.message;
}
