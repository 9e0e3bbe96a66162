import { HeadersStatus, StreamType } from "../../abi/constants.js";
import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { MessagePath } from "../../chain/message-path.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import { type ContextHost, StreamContext, StreamEvent } from "./stream-context.js";

/** What the request's path needs of its exchange. */
export interface RequestPathHost extends ContextHost {
  readonly policies: readonly PolicyRuntime[];
  /** One for each policy that the request has reached, in order. */
  readonly contexts: StreamContext[];
  forwardHead(headers: HeaderList, endOfStream: boolean): void;
  forwardData(chunk: Uint8Array, endOfStream: boolean): boolean;
  forwardTrailers(trailers: HeaderList): void;
  onRequestForwarded(): void;
  /** Somebody wants the body now. */
  wantBody(): void;
  onLengthMismatch(): void;
  pauseRequest(): void;
  resumeRequest(): void;
}

/** The request: first policy to last, then to the upstream. */
export class RequestPath extends MessagePath {
  constructor(
    private readonly host: RequestPathHost,
    bodyLimit: number,
  ) {
    super(bodyLimit);
    this.length = host.policies.length;
  }

  protected deliverHead(position: number, headers: HeaderList, endOfStream: boolean): number {
    const { host } = this;
    const context = new StreamContext(host, host.policies[position] as PolicyRuntime, position);
    host.contexts.push(context);
    context.deliver(StreamEvent.Create, 0, false);
    return context.deliver(StreamEvent.RequestHeaders, headers.length / 2, endOfStream);
  }

  protected deliverBody(position: number, size: number, endOfStream: boolean): number {
    return (this.host.contexts[position] as StreamContext).deliver(StreamEvent.RequestBody, size, endOfStream);
  }

  protected deliverTrailers(position: number, trailers: HeaderList): number {
    return (this.host.contexts[position] as StreamContext).deliver(
      StreamEvent.RequestTrailers,
      trailers.length / 2,
      false,
    );
  }

  protected takeResumption(position: number): boolean {
    return this.host.contexts[position]?.takeResumption(StreamType.Request) ?? false;
  }

  protected onHeadHeld(status: number): void {
    if (status === HeadersStatus.StopIteration && !this.endOfStream) {
      this.host.wantBody();
    }
  }

  protected sendHead(headers: HeaderList, endOfStream: boolean): void {
    if (endOfStream && firstValue(headers, "content-length") !== "0") {
      removeValues(headers, "content-length");
    }
    this.host.forwardHead(headers, endOfStream);
  }

  protected sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.host.forwardData(chunk, endOfStream);
  }

  protected sendTrailers(trailers: HeaderList): void {
    this.host.forwardTrailers(trailers);
  }

  protected onComplete(): void {
    this.host.onRequestForwarded();
  }

  protected onLengthMismatch(): void {
    this.host.onLengthMismatch();
  }

  protected pauseSource(): void {
    this.host.pauseRequest();
  }

  protected resumeSource(): void {
    this.host.resumeRequest();
  }
}
