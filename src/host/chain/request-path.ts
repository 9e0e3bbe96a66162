import { HeadersStatus } from "../../abi/constants.js";
import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { MessagePath } from "../../chain/message-path.js";
import type { Downstream } from "../downstream.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import type { ExchangeDeadline } from "./exchange-deadline.js";
import { type ContextHost, StreamContext, StreamEvent } from "./stream-context.js";
import type { UpstreamLink } from "./upstream-link.js";

/** What the request's path needs of its exchange. */
export interface RequestPathHost extends ContextHost {
  readonly policies: readonly PolicyRuntime[];
  /** One for each policy that the request has reached, in order. */
  readonly contexts: StreamContext[];
  readonly deadline: ExchangeDeadline;
  onLengthMismatch(): void;
}

/** The request: from the client through the policies, first to last, then to the upstream. */
export class RequestPath extends MessagePath {
  constructor(
    private readonly host: RequestPathHost,
    private readonly source: Pick<Downstream, "pauseRequest" | "resumeRequest" | "sendContinue">,
    private readonly sink: Pick<UpstreamLink, "forward" | "sendData" | "sendTrailers">,
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
    return this.host.contexts[position]?.request.takeResumption() ?? false;
  }

  protected onHeadHeld(status: number): void {
    if (status === HeadersStatus.StopIteration && !this.endOfStream) {
      this.source.sendContinue();
    }
  }

  protected sendHead(headers: HeaderList, endOfStream: boolean): void {
    if (endOfStream && firstValue(headers, "content-length") !== "0") {
      removeValues(headers, "content-length");
    }
    this.host.deadline.takeLimit(headers);
    this.sink.forward(headers, endOfStream);
    if (!endOfStream) {
      this.host.deadline.awaitByte();
      // Somebody wants the body now.
      this.source.sendContinue();
    }
  }

  protected sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.sink.sendData(chunk, endOfStream);
  }

  protected sendTrailers(trailers: HeaderList): void {
    this.sink.sendTrailers(trailers);
  }

  protected onComplete(): void {
    if (this.host.response.headers === undefined) {
      this.host.deadline.awaitResponse();
    }
  }

  protected onLengthMismatch(): void {
    this.host.onLengthMismatch();
  }

  protected pauseSource(): void {
    this.source.pauseRequest();
  }

  protected resumeSource(): void {
    this.source.resumeRequest();
  }
}
