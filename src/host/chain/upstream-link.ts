import type { HeaderList } from "../../abi/port.js";
import type { MessagePath } from "../../chain/message-path.js";
import type { UpstreamFailure, UpstreamRequest, UpstreamResponseSink, Upstreams } from "../upstreams.js";
import type { ExchangeDeadline } from "./exchange-deadline.js";

/** What the upstream's side needs of its exchange. */
export interface LinkedExchange {
  readonly request: MessagePath;
  readonly response: MessagePath;
  readonly deadline: ExchangeDeadline;
  /** Does this as a turn of the exchange, unless it is over. */
  turn<Self, Args extends unknown[]>(self: Self, step: (this: Self, ...args: Args) => void, ...args: Args): void;
  /** The upstream's response takes its way. */
  onUpstreamResponds(): void;
  /** There is no whole response, and none will come. */
  onUpstreamFailed(failure: UpstreamFailure, detail: string): void;
}

/**
 * The upstream's side of an exchange: the sink of its request, and the source of its response. From the forwarding until it is given up or over,
 * calls reach the upstream, and its own the exchange.
 */
export class UpstreamLink implements UpstreamResponseSink {
  #open = false;
  #request: UpstreamRequest | undefined = undefined;

  constructor(
    private readonly exchange: LinkedExchange,
    private readonly upstreams: Upstreams,
    readonly name: string,
  ) {}

  get address(): string | undefined {
    return this.#request?.address;
  }

  // The request's sink.

  forward(headers: HeaderList, endOfStream: boolean): void {
    this.#request = this.upstreams.forward(this.name, headers, endOfStream, this);
    this.#open = true;
  }

  /** What an upstream does not want any more is taken and dropped. */
  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.#live?.sendData(chunk, endOfStream) ?? true;
  }

  sendTrailers(trailers: HeaderList): void {
    this.#live?.sendTrailers(trailers);
  }

  onDrain(): void {
    this.exchange.turn(this, this.#drain);
  }

  #drain(): void {
    this.exchange.deadline.touch();
    this.exchange.request.setSinkFull(false);
  }

  // The response's source.

  onHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.exchange.turn(this, this.#takeHead, status, headers, endOfStream);
  }

  onData(chunk: Uint8Array, endOfStream: boolean): void {
    this.exchange.turn(this, this.#takeData, chunk, endOfStream);
  }

  onTrailers(trailers: HeaderList): void {
    this.exchange.turn(this, this.#takeTrailers, trailers);
  }

  onFailure(failure: UpstreamFailure, detail: string): void {
    this.exchange.turn(this, this.#takeFailure, failure, detail);
  }

  #takeHead(status: number, headers: HeaderList, endOfStream: boolean): void {
    const { response, deadline } = this.exchange;
    if (!this.#open || response.headers !== undefined) {
      return;
    }
    if (endOfStream) {
      deadline.disarm();
    } else {
      deadline.awaitByte();
    }
    this.exchange.onUpstreamResponds();
    response.start([":status", String(status)].concat(headers), endOfStream);
  }

  #takeData(chunk: Uint8Array, endOfStream: boolean): void {
    if (this.#open) {
      this.exchange.deadline.touch();
      this.exchange.response.data(chunk, endOfStream);
    }
  }

  #takeTrailers(trailers: HeaderList): void {
    if (this.#open) {
      this.exchange.response.end(trailers);
    }
  }

  #takeFailure(failure: UpstreamFailure, detail: string): void {
    this.fail(failure, detail);
  }

  /** To be called in a turn. */
  fail(failure: UpstreamFailure, detail: string): void {
    if (!this.#open) {
      return;
    }
    this.close();
    // Where the response is whole, that the rest of the request is not wanted changes nothing.
    if (!this.exchange.response.sourceEnded) {
      this.exchange.onUpstreamFailed(failure, detail);
    }
  }

  pauseResponse(): void {
    this.#live?.pauseResponse();
  }

  resumeResponse(): void {
    this.#live?.resumeResponse();
  }

  /** Ends what the chain has to do with the upstream. A connection on which all is said can be used again: no `reset`. */
  close(): void {
    const request = this.#live;
    this.#open = false;
    if (request !== undefined && !(this.exchange.request.complete && this.exchange.response.sourceEnded)) {
      request.reset();
    }
  }

  get #live(): UpstreamRequest | undefined {
    return this.#open ? this.#request : undefined;
  }
}
