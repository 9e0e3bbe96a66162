import { answerDetails, toldDetails } from "../../abi/answer-details.js";
import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { noTimeLimit, responseTimeLimit } from "../../abi/router-headers.js";
import { SluiceError } from "../../errors.js";
import type { Downstream } from "../downstream.js";
import type { Exchange, ExchangeEnd, ExchangeFacts } from "../exchange.js";
import { grpcAnswerHead, isGrpcRequest } from "../grpc-answer.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import { beginTurn, endTurn } from "../turn.js";
import type { UpstreamFailure, UpstreamResponseSink } from "../upstreams.js";
import type { ExchangeHost, OpenExchange, RouteDeadlines } from "./chain-options.js";
import { Deadline, type DeadlineOwner } from "./deadlines.js";
import { DetailRecorder } from "./detail-recorder.js";
import { answerBody, answerHead, failureAnswer, type LocalAnswer, ownAnswer } from "./local-answer.js";
import { type PropertySource, StreamProperties } from "./properties.js";
import { RequestPath, type RequestPathHost } from "./request-path.js";
import { ResponsePath, type ResponsePathHost, statusOf } from "./response-path.js";
import { type StreamContext, StreamEvent } from "./stream-context.js";
import { UpstreamLink } from "./upstream-link.js";

/** One exchange in progress: joins client, policies and upstream. */
export class ChainExchange
  implements Exchange, UpstreamResponseSink, RequestPathHost, ResponsePathHost, PropertySource, DeadlineOwner
{
  readonly policies: readonly PolicyRuntime[];
  readonly contexts: StreamContext[] = [];
  readonly request: RequestPath;
  readonly response: ResponsePath;
  readonly facts: ExchangeFacts;
  readonly headRequest: boolean;
  readonly properties: StreamProperties;
  pending: LocalAnswer | "close" | undefined = undefined;
  ended = false;
  responseDetails = "";

  readonly #chain: ExchangeHost;
  readonly #open: OpenExchange;
  readonly #downstream: Downstream;
  readonly #upstream: UpstreamLink;
  readonly #deadlines: RouteDeadlines;
  readonly #startedAt: number;
  /** As the client sent it, whatever policies make of its headers. */
  readonly #grpcRequest: boolean;
  #deadline: Deadline | undefined = undefined;
  #status = 0;
  #endDetails = "";
  #requestBytes = 0;
  #responseBytes = 0;
  #partialRequestBy: string | undefined = undefined;
  /** The policy for which everything waited when no byte had moved for too long. */
  #heldBy: string | undefined = undefined;
  readonly #recorder: DetailRecorder | undefined;
  /** A policy has taken the limit of the upstream's response off. */
  #unlimited = false;

  constructor(chain: ExchangeHost, open: OpenExchange, deadlines: RouteDeadlines) {
    this.#chain = chain;
    this.#open = open;
    this.#downstream = open.downstream;
    this.#upstream = new UpstreamLink(chain.upstreams, open.upstream);
    this.#deadlines = deadlines;
    this.#startedAt = chain.clock.now();
    this.policies = chain.policies;
    this.facts = open.facts;
    this.headRequest = firstValue(open.head.headers, ":method") === "HEAD";
    this.#grpcRequest = isGrpcRequest(open.head.headers);
    this.properties = new StreamProperties(this);
    this.request = new RequestPath(this, open.limits.bodyBytes);
    this.response = new ResponsePath(this, open.limits.bodyBytes);
    this.#recorder = open.wantsDetail === true ? new DetailRecorder(this, open.head.headers) : undefined;
  }

  // Every call from outside is a turn: it never throws, and flow control comes last, because sources may answer it at once.

  /** Lets the request in. */
  begin(): void {
    this.#turn(this.#begin);
  }

  onRequestData(chunk: Uint8Array, endOfStream: boolean): void {
    this.#turn(this.#takeRequestData, chunk, endOfStream);
  }

  onRequestTrailers(trailers: HeaderList): void {
    this.#turn(this.#takeRequestTrailers, trailers);
  }

  onDownstreamDrain(): void {
    this.#turn(this.#drainResponse);
  }

  onDownstreamReset(): void {
    this.#turn(this.#finish, "client_gone");
  }

  abort(status: number, details: string): void {
    this.#turn(this.#answer, ownAnswer(status, details));
  }

  onHeaders(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.#turn(this.#takeResponseHead, status, headers, endOfStream);
  }

  onData(chunk: Uint8Array, endOfStream: boolean): void {
    this.#turn(this.#takeResponseData, chunk, endOfStream);
  }

  onTrailers(trailers: HeaderList): void {
    this.#turn(this.#takeResponseTrailers, trailers);
  }

  onFailure(failure: UpstreamFailure, detail: string): void {
    this.#turn(this.#failUpstream, failure, detail);
  }

  onDrain(): void {
    this.#turn(this.#drainRequest);
  }

  onDeadline(): void {
    this.#turn(this.#passDeadline);
  }

  act(action: () => void): void {
    this.#turn(action);
  }

  #turn<Args extends unknown[]>(step: (this: this, ...args: Args) => void, ...args: Args): void {
    if (this.ended) {
      return;
    }
    beginTurn();
    try {
      step.apply(this, args);
      this.request.settle();
      this.response.settle();
      this.#limitHold();
    } catch (error) {
      this.#crash(error);
    } finally {
      endTurn();
    }
  }

  #begin(): void {
    const { head } = this.#open;
    this.request.start(head.headers, head.endOfStream);
  }

  #takeRequestData(chunk: Uint8Array, endOfStream: boolean): void {
    this.#requestBytes += chunk.length;
    this.#touch();
    this.request.data(chunk, endOfStream);
  }

  #takeRequestTrailers(trailers: HeaderList): void {
    this.#touch();
    this.request.end(trailers);
  }

  #takeResponseHead(status: number, headers: HeaderList, endOfStream: boolean): void {
    if (!this.#upstream.open || this.response.headers !== undefined) {
      return;
    }
    if (endOfStream) {
      this.#deadline?.disarm();
    } else {
      this.#arm("idle");
    }
    this.responseDetails = "via_upstream";
    this.#endDetails = "via_upstream";
    this.response.start([":status", String(status)].concat(headers), endOfStream);
  }

  #takeResponseData(chunk: Uint8Array, endOfStream: boolean): void {
    if (this.#upstream.open) {
      this.#touch();
      this.response.data(chunk, endOfStream);
    }
  }

  #takeResponseTrailers(trailers: HeaderList): void {
    if (this.#upstream.open) {
      this.response.end(trailers);
    }
  }

  #failUpstream(failure: UpstreamFailure, detail: string): void {
    if (!this.#upstream.open) {
      return;
    }
    this.#closeUpstream();
    if (this.response.sourceEnded) {
      // The response is whole; that the rest of the request is not wanted changes nothing.
      return;
    }
    this.#chain.reports.onUpstreamFailure?.(this.#upstream.name, this.facts, failure, detail);
    this.#answer(failureAnswer(failure));
  }

  #drainRequest(): void {
    this.#touch();
    this.request.setSinkFull(false);
  }

  #drainResponse(): void {
    this.#touch();
    this.response.setSinkFull(false);
  }

  #passDeadline(): void {
    if (this.request.complete && this.response.headers === undefined) {
      this.#failUpstream("timeout", "no response head in time");
    } else {
      this.#heldBy = this.#holder?.policy.name;
      if (this.#heldBy !== undefined) {
        this.#chain.reports.onHoldTimeout?.(this.#heldBy, this.facts, this.#open.limits.streamIdleMilliseconds);
      }
      this.#answer(ownAnswer(504, "stream_idle_timeout"));
    }
  }

  /** The policy that keeps back what would go on without it. */
  get #holder(): StreamContext | undefined {
    const { contexts, request, response } = this;
    const held = response.heldPosition;
    return held === -1 ? contexts[request.heldPosition] : contexts[contexts.length - 1 - held];
  }

  // What the paths ask for: the upstream's side.

  forwardHead(headers: HeaderList, endOfStream: boolean): void {
    const limit = firstValue(headers, responseTimeLimit);
    if (limit !== undefined) {
      this.#unlimited = limit === noTimeLimit;
      removeValues(headers, responseTimeLimit);
    }
    this.#upstream.forward(headers, endOfStream, this);
    if (!endOfStream) {
      this.#arm("idle");
      this.wantBody();
    }
  }

  forwardData(chunk: Uint8Array, endOfStream: boolean): boolean {
    return this.#upstream.sendData(chunk, endOfStream);
  }

  forwardTrailers(trailers: HeaderList): void {
    this.#upstream.sendTrailers(trailers);
  }

  onRequestForwarded(): void {
    if (this.response.headers === undefined) {
      this.#arm(this.#unlimited ? "idle" : "response");
    }
  }

  wantBody(): void {
    this.#downstream.sendContinue();
  }

  pauseRequest(): void {
    this.#downstream.pauseRequest();
  }

  resumeRequest(): void {
    this.#downstream.resumeRequest();
  }

  pauseResponse(): void {
    this.#upstream.pauseResponse();
  }

  resumeResponse(): void {
    this.#upstream.resumeResponse();
  }

  // The client's side.

  respondHead(status: number, headers: HeaderList, endOfStream: boolean): void {
    this.#downstream.sendHeaders(status, headers, endOfStream);
    this.#status = status;
  }

  respondData(chunk: Uint8Array, endOfStream: boolean): boolean {
    this.#responseBytes += chunk.length;
    return this.#downstream.sendData(chunk, endOfStream);
  }

  respondTrailers(trailers: HeaderList): void {
    this.#downstream.sendTrailers(trailers);
  }

  onResponseSent(): void {
    this.#finish(this.#endDetails);
  }

  /** A body that is not as long as its head says would leave the peer waiting, or reading it as the next message. */
  onLengthMismatch(): void {
    this.#chain.reports.onHostFailure?.(
      this.facts,
      new Error("a body is not as long as the content-length sent before it"),
    );
    this.#answer(ownAnswer(500, "content_length_mismatch"));
  }

  // Answers and the end.

  onGuestFailure(policy: PolicyRuntime, error: unknown): void {
    this.#chain.reports.onPolicyFailure?.(policy.name, this.facts, error);
    this.#recorder?.decided(policy.name, "failed");
    if (policy.failsOpen) {
      this.pending = undefined;
    } else if (!this.ended) {
      const unavailable = error instanceof SluiceError && error.code === "MODULE_RESTARTING";
      this.pending = {
        ...ownAnswer(unavailable ? 503 : 500, `${answerDetails(policy.name)}:policy_failed`),
        by: policy.name,
      };
    }
  }

  applyPending(policyName: string): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending === undefined || this.ended) {
      return;
    }
    if (pending === "close") {
      this.#recorder?.decided(policyName, "close");
      this.#notePartialRequest(policyName);
      this.#breakOff(`closed:${policyName}`);
    } else {
      this.#answer(pending);
    }
  }

  #answer(answer: LocalAnswer): void {
    this.#recorder?.answered(answer);
    if (this.response.headSent) {
      this.#breakOff(answer.details);
      return;
    }
    if (answer.by !== undefined) {
      this.#notePartialRequest(answer.by);
    }
    this.#deadline?.disarm();
    this.#recorder?.stopping(this.request);
    this.request.stop();
    this.#closeUpstream();
    this.#endDetails = answer.by === undefined ? answer.details : toldDetails(answer.by, answer.details);
    this.responseDetails = answer.details === "" ? this.#endDetails : answer.details;
    const { headRequest } = this;
    const head = this.#grpcRequest ? grpcAnswerHead(answer, headRequest) : answerHead(answer, headRequest);
    const body = this.#grpcRequest ? undefined : answerBody(answer, headRequest);
    if (this.response.headers !== undefined) {
      this.#recorder?.stopping(this.response);
      this.response.replace(head, body);
      return;
    }
    this.response.start(head, body === undefined);
    if (body !== undefined) {
      this.response.data(body, true);
    }
  }

  /** To be called before the request is stopped. */
  #notePartialRequest(policyName: string): void {
    if (this.request.headSent && !this.request.complete && this.response.headers === undefined) {
      this.#partialRequestBy = policyName;
      this.#chain.reports.onPartialRequest?.(policyName, this.facts);
    }
  }

  #breakOff(details: string): void {
    this.#downstream.reset();
    this.#finish(details);
  }

  #crash(error: unknown): void {
    this.#chain.reports.onHostFailure?.(this.facts, error);
    if (!this.ended) {
      try {
        this.#breakOff("host_failure");
      } catch (again) {
        this.#chain.reports.onHostFailure?.(this.facts, again);
        this.#finish("host_failure");
      }
    }
  }

  #finish(details: string): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    this.#recorder?.stopping(this.request);
    this.#recorder?.stopping(this.response);
    this.request.stop();
    this.response.stop();
    this.#deadline?.disarm();
    this.#closeUpstream();
    const { contexts } = this;
    for (const context of contexts) {
      context.deliver(StreamEvent.Log, 0, false);
    }
    for (const context of contexts) {
      context.deliver(StreamEvent.Done, 0, false);
      context.deliver(StreamEvent.Delete, 0, false);
      context.policy.contexts.unregister(context.id);
    }
    const end: ExchangeEnd = {
      status: this.#status,
      details,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      durationMilliseconds: this.#chain.clock.now() - this.#startedAt,
    };
    if (this.#partialRequestBy !== undefined) {
      end.partialRequestBy = this.#partialRequestBy;
    }
    if (this.#heldBy !== undefined) {
      end.heldBy = this.#heldBy;
    }
    const { violation } = this.properties;
    if (violation !== undefined) {
      end.violation = violation;
    }
    if (this.#recorder !== undefined) {
      end.detail = this.#recorder.detail(this.#upstream.name);
    }
    this.#chain.onExchangeEnd();
    this.#open.onEnd(end);
  }

  #closeUpstream(): void {
    this.#upstream.close(this.request.complete && this.response.sourceEnded);
  }

  #arm(kind: keyof RouteDeadlines): void {
    this.#deadline ??= new Deadline(this);
    this.#deadlines[kind].arm(this.#deadline);
  }

  /** Without a deadline nothing is on its way: a policy holds what there is, and may do so for as long as a stream may be idle. */
  #limitHold(): void {
    if (!this.ended && this.#deadline?.list === undefined) {
      this.#arm("idle");
    }
  }

  /** A byte moved: an idle stream starts anew. */
  #touch(): void {
    if (this.#deadline?.list === this.#deadlines.idle) {
      this.#arm("idle");
    }
  }

  // Properties.

  get requestHeaders(): HeaderList | undefined {
    return this.request.headers;
  }

  get responseStatus(): number | undefined {
    return this.response.headers && statusOf(this.response.headers);
  }

  get upstreamAddress(): string | undefined {
    return this.#upstream.address;
  }
}
