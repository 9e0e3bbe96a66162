/** The client's end of an exchange: keeps what it gets. */
import type { HeaderList } from "../abi/port.js";
import type { Downstream } from "../host/downstream.js";
import type { TraceSink } from "./trace.js";

export class TestDownstream implements Downstream {
  /** 0 until the head has come. */
  status = 0;
  headers: HeaderList = [];
  readonly chunks: Uint8Array[] = [];
  trailers: HeaderList = [];
  /** The response is complete. */
  ended = false;
  /** The gateway broke the connection off. */
  broken = false;
  /** The gateway takes no more of the request for now. */
  paused = false;
  readonly #trace: Pick<TraceSink, "event">;

  constructor(trace: Pick<TraceSink, "event">) {
    this.#trace = trace;
  }

  sendHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.status = status;
    this.headers = headers.slice();
    this.ended = endOfStream;
    this.#trace.event("client", `gets response headers ${status}${endOfStream ? ", end" : ""}`);
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    this.chunks.push(chunk.slice());
    this.ended = endOfStream;
    this.#trace.event("client", `gets response body ${chunk.length} bytes${endOfStream ? ", end" : ""}`);
    return true;
  }

  sendTrailers(trailers: HeaderList): void {
    this.trailers = trailers.slice();
    this.ended = true;
    this.#trace.event("client", "gets response trailers");
  }

  sendContinue(): void {
    // Clients of tests do not wait for it.
  }

  pauseRequest(): void {
    this.paused = true;
  }

  resumeRequest(): void {
    this.paused = false;
  }

  reset(): void {
    this.broken = true;
    this.#trace.event("client", "is disconnected");
  }
}
