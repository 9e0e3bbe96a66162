import type { HeaderList } from "../../abi/port.js";
import type { UpstreamRequest, UpstreamResponseSink, Upstreams } from "../upstreams.js";

/** An exchange's request at its upstream: from being forwarded until it is given up or over, calls reach it. */
export class UpstreamLink {
  /** Whether the upstream may still be told and heard. */
  open = false;
  #request: UpstreamRequest | undefined = undefined;

  constructor(
    private readonly upstreams: Upstreams,
    readonly name: string,
  ) {}

  get address(): string | undefined {
    return this.#request?.address;
  }

  forward(headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink): void {
    this.#request = this.upstreams.forward(this.name, headers, endOfStream, sink);
    this.open = true;
  }

  /** What an upstream does not want any more is taken and dropped. */
  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.#live?.sendData(chunk, endOfStream) ?? true;
  }

  sendTrailers(trailers: HeaderList): void {
    this.#live?.sendTrailers(trailers);
  }

  pauseResponse(): void {
    this.#live?.pauseResponse();
  }

  resumeResponse(): void {
    this.#live?.resumeResponse();
  }

  /** Ends what the chain has to do with the upstream. A connection on which all is said can be used again: no `reset`. */
  close(complete: boolean): void {
    const request = this.#live;
    this.open = false;
    if (!complete) {
      request?.reset();
    }
  }

  get #live(): UpstreamRequest | undefined {
    return this.open ? this.#request : undefined;
  }
}
