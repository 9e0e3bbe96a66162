import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { MessagePath } from "../../chain/message-path.js";
import type { Downstream } from "../downstream.js";
import { statusOf } from "./header-edits.js";
import { isBodylessStatus } from "./local-answer.js";
import { type StreamContext, StreamEvent } from "./stream-context.js";
import type { UpstreamLink } from "./upstream-link.js";

/** What the response's path needs of its exchange. */
export interface ResponsePathHost {
  /** One for each policy that the request has reached, in the request's order. */
  readonly contexts: StreamContext[];
  /** The client asked with HEAD. */
  readonly headRequest: boolean;
  onResponseSent(): void;
  onLengthMismatch(): void;
}

/** The response: from the upstream through the policies that saw the request, last to first, then to the client. */
export class ResponsePath extends MessagePath {
  /** What the client has got; 0: no head. */
  status = 0;
  /** Of the body, those that the client was given. */
  bodyBytes = 0;

  constructor(
    private readonly host: ResponsePathHost,
    private readonly source: Pick<UpstreamLink, "pauseResponse" | "resumeResponse">,
    private readonly sink: Pick<Downstream, "sendHeaders" | "sendData" | "sendTrailers">,
    bodyLimit: number,
  ) {
    super(bodyLimit);
  }

  /** The head enters, `:status` first. A response that cannot have a body ends with it. */
  override start(headers: HeaderList, endOfStream: boolean): void {
    const { contexts } = this.host;
    this.length = contexts.length;
    for (let index = 0; index < contexts.length; index++) {
      (contexts[index] as StreamContext).response.position = contexts.length - 1 - index;
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
    return this.#context(position).response.takeResumption();
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
    this.sink.sendHeaders(status, headers.slice(2), endOfStream || bodyless);
    this.status = status;
    if (bodyless && !endOfStream && !this.stopped) {
      // A filter made it a response without a body: what the upstream still sends is not for the client.
      this.complete = true;
      this.host.onResponseSent();
    }
  }

  protected sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    this.bodyBytes += chunk.length;
    return this.sink.sendData(chunk, endOfStream);
  }

  protected sendTrailers(trailers: HeaderList): void {
    this.sink.sendTrailers(trailers);
  }

  protected onComplete(): void {
    this.host.onResponseSent();
  }

  protected onLengthMismatch(): void {
    this.host.onLengthMismatch();
  }

  protected pauseSource(): void {
    this.source.pauseResponse();
  }

  protected resumeSource(): void {
    this.source.resumeResponse();
  }

  #context(position: number): StreamContext {
    const { contexts } = this.host;
    return contexts[contexts.length - 1 - position] as StreamContext;
  }

  #isBodyless(headers: HeaderList): boolean {
    return this.host.headRequest || isBodylessStatus(statusOf(headers));
  }
}
