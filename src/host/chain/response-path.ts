import { StreamType } from "../../abi/constants.js";
import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { MessagePath } from "../../chain/message-path.js";
import { isBodylessStatus } from "./local-answer.js";
import { type StreamContext, StreamEvent } from "./stream-context.js";

/** What the response's path needs of its exchange. */
export interface ResponsePathHost {
  /** One for each policy that the request has reached, in the request's order. */
  readonly contexts: StreamContext[];
  /** The client asked with HEAD. */
  readonly headRequest: boolean;
  respondHead(status: number, headers: HeaderList, endOfStream: boolean): void;
  respondData(chunk: Uint8Array, endOfStream: boolean): boolean;
  respondTrailers(trailers: HeaderList): void;
  onResponseSent(): void;
  onLengthMismatch(): void;
  pauseResponse(): void;
  resumeResponse(): void;
}

/** The response: through the policies that saw the request, last to first, then to the client. */
export class ResponsePath extends MessagePath {
  constructor(
    private readonly host: ResponsePathHost,
    bodyLimit: number,
  ) {
    super(bodyLimit);
  }

  /** The head enters, `:status` first. A response that cannot have a body ends with it. */
  override start(headers: HeaderList, endOfStream: boolean): void {
    const { contexts } = this.host;
    this.length = contexts.length;
    for (let index = 0; index < contexts.length; index++) {
      (contexts[index] as StreamContext).responsePosition = contexts.length - 1 - index;
    }
    super.start(headers, endOfStream || this.#isBodyless(headers));
  }

  /** Sends this head and body to the client past all filters, in place of the response that is on its way. */
  replace(headers: HeaderList, body: Uint8Array | undefined): void {
    this.bypass();
    super.start(headers, body === undefined);
    if (body !== undefined) {
      this.data(body, true);
    }
  }

  protected deliverHead(position: number, headers: HeaderList, endOfStream: boolean): number {
    return this.#context(position).deliver(StreamEvent.ResponseHeaders, headers.length / 2, endOfStream);
  }

  protected deliverBody(position: number, size: number, endOfStream: boolean): number {
    return this.#context(position).deliver(StreamEvent.ResponseBody, size, endOfStream);
  }

  protected deliverTrailers(position: number, trailers: HeaderList): number {
    return this.#context(position).deliver(StreamEvent.ResponseTrailers, trailers.length / 2, false);
  }

  protected takeResumption(position: number): boolean {
    return this.#context(position).takeResumption(StreamType.Response);
  }

  protected onHeadHeld(): void {
    // The source of a response needs no word.
  }

  protected sendHead(headers: HeaderList, endOfStream: boolean): void {
    const status = statusOf(headers);
    const bodyless = this.#isBodyless(headers);
    if (status === 204 || (endOfStream && !bodyless && firstValue(headers, "content-length") !== "0")) {
      removeValues(headers, "content-length");
    }
    this.host.respondHead(status, headers.slice(2), endOfStream || bodyless);
    if (bodyless && !endOfStream && !this.stopped) {
      // A filter made it a response without a body: what the upstream still sends is not for the client.
      this.complete = true;
      this.host.onResponseSent();
    }
  }

  protected sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.host.respondData(chunk, endOfStream);
  }

  protected sendTrailers(trailers: HeaderList): void {
    this.host.respondTrailers(trailers);
  }

  protected onComplete(): void {
    this.host.onResponseSent();
  }

  protected onLengthMismatch(): void {
    this.host.onLengthMismatch();
  }

  protected pauseSource(): void {
    this.host.pauseResponse();
  }

  protected resumeSource(): void {
    this.host.resumeResponse();
  }

  #context(position: number): StreamContext {
    const { contexts } = this.host;
    return contexts[contexts.length - 1 - position] as StreamContext;
  }

  #isBodyless(headers: HeaderList): boolean {
    return this.host.headRequest || isBodylessStatus(statusOf(headers));
  }
}

/** Edits keep `:status` first and valid (header-edits.ts). */
export function statusOf(headers: HeaderList): number {
  return Number(headers[1]);
}
