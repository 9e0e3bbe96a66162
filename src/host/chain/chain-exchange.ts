import { toldDetails } from "../../abi/answer-details.js";
import { firstValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import type { Exchange, ExchangeEnd, ExchangeFacts } from "../exchange.js";
import { grpcAnswerHead, isGrpcRequest } from "../grpc-answer.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import { beginTurn, endTurn } from "../turn.js";
import type { UpstreamFailure } from "../upstreams.js";
import type { ExchangeHost, OpenExchange, RouteDeadlines } from "./chain-options.js";
import type { DeadlineOwner } from "./deadlines.js";
import { DetailRecorder } from "./detail-recorder.js";
import { ExchangeDeadline } from "./exchange-deadline.js";
import {
  answerBody,
  answerHead,
  failureAnswer,
  guestFailureAnswer,
  type LocalAnswer,
  ownAnswer,
} from "./local-answer.js";
import { type PropertySource, StreamProperties } from "./properties.js";
import { RequestPath, type RequestPathHost } from "./request-path.js";
import { ResponsePath, type ResponsePathHost } from "./response-path.js";
import { type Ending, type StreamContext, StreamEvent } from "./stream-context.js";
import { type LinkedExchange, UpstreamLink } from "./upstream-link.js";

/**
 * One exchange in progress: joins the paths of its request and its response with their ends, the client (`Downstream`) and the upstream, and
 * answers where the upstream does not.
 */
export class ChainExchange
  implements Exchange, LinkedExchange, RequestPathHost, ResponsePathHost, PropertySource, DeadlineOwner
{
  readonly policies: readonly PolicyRuntime[];
  readonly contexts: StreamContext[] = [];
  readonly request: RequestPath;
  readonly response: ResponsePath;
  readonly facts: ExchangeFacts;
  readonly headRequest: boolean;
  readonly properties: StreamProperties;
  readonly deadline: ExchangeDeadline;
  readonly upstream: UpstreamLink;
  ended = false;
  responseDetails = "";

  readonly #chain: ExchangeHost;
  readonly #open: OpenExchange;
  readonly #startedAt: number;
  /** As the client sent it, whatever policies make of its headers. */
  readonly #grpcRequest: boolean;
  /** What is known of it. */
  readonly #end: ExchangeEnd = { status: 0, details: "", requestBytes: 0, responseBytes: 0, durationMilliseconds: 0 };
  readonly #recorder: DetailRecorder | undefined;

  constructor(chain: ExchangeHost, open: OpenExchange, deadlines: RouteDeadlines) {
    this.#chain = chain;
    this.#open = open;
    this.upstream = new UpstreamLink(this, chain.upstreams, open.upstream);
    this.deadline = new ExchangeDeadline(this, deadlines);
    this.#startedAt = chain.clock.now();
    this.policies = chain.policies;
    this.facts = open.facts;
    this.headRequest = firstValue(open.head.headers, ":method") === "HEAD";
    this.#grpcRequest = isGrpcRequest(open.head.headers);
    this.properties = new StreamProperties(this);
    this.request = new RequestPath(this, open.downstream, this.upstream, open.limits.bodyBytes);
    this.response = new ResponsePath(this, this.upstream, open.downstream, open.limits.bodyBytes);
    this.#recorder = open.wantsDetail === true ? new DetailRecorder(this, open.head.headers) : undefined;
  }

  // Every call from outside is a turn: it never throws, and flow control comes last, because sources may answer it at once.

  /** Lets the request in. */
  begin(): void {
    this.turn(this, this.#begin);
  }

  onRequestData(chunk: Uint8Array, endOfStream: boolean): void {
    this.turn(this, this.#takeRequestData, chunk, endOfStream);
  }

  onRequestTrailers(trailers: HeaderList): void {
    this.turn(this, this.#takeRequestTrailers, trailers);
  }

  onDownstreamDrain(): void {
    this.turn(this, this.#drainResponse);
  }

  onDownstreamReset(): void {
    this.turn(this, this.#finish, "client_gone");
  }

  abort(status: number, details: string): void {
    this.turn(this, this.#answer, ownAnswer(status, details));
  }

  onDeadline(): void {
    this.turn(this, this.#passDeadline);
  }

  act(action: () => void): void {
    this.turn(this, action);
  }

  turn<Self, Args extends unknown[]>(self: Self, step: (this: Self, ...args: Args) => void, ...args: Args): void {
    if (this.ended) {
      return;
    }
    beginTurn();
    try {
      step.apply(self, args);
      this.request.settle();
      this.response.settle();
      if (!this.ended) {
        this.deadline.limitHold();
      }
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
    this.#end.requestBytes += chunk.length;
    this.deadline.touch();
    this.request.data(chunk, endOfStream);
  }

  #takeRequestTrailers(trailers: HeaderList): void {
    this.deadline.touch();
    this.request.end(trailers);
  }

  #drainResponse(): void {
    this.deadline.touch();
    this.response.setSinkFull(false);
  }

  #passDeadline(): void {
    if (this.request.complete && this.response.headers === undefined) {
      this.upstream.fail("timeout", "no response head in time");
    } else {
      const heldBy = this.#holder?.policy.name;
      if (heldBy !== undefined) {
        this.#end.heldBy = heldBy;
        this.#chain.reports.onHoldTimeout?.(heldBy, this.facts, this.#open.limits.streamIdleMilliseconds);
      }
      this.#answer(ownAnswer(504, "stream_idle_timeout"));
    }
  }

  /** The policy that, when no byte moves any more, keeps back what would go on without it. */
  get #holder(): StreamContext | undefined {
    const { contexts, request, response } = this;
    const held = response.heldPosition;
    return held === -1 ? contexts[request.heldPosition] : contexts[contexts.length - 1 - held];
  }

  // What paths and upstream tell.

  onUpstreamResponds(): void {
    this.responseDetails = "via_upstream";
    this.#end.details = "via_upstream";
  }

  onUpstreamFailed(failure: UpstreamFailure, detail: string): void {
    this.#chain.reports.onUpstreamFailure?.(this.upstream.name, this.facts, failure, detail);
    this.#answer(failureAnswer(failure));
  }

  onResponseSent(): void {
    this.#finish(this.#end.details);
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

  onGuestFailure(policy: PolicyRuntime, error: unknown): Ending | undefined {
    this.#chain.reports.onPolicyFailure?.(policy.name, this.facts, error);
    this.#recorder?.decided(policy.name, "failed");
    return policy.failsOpen ? undefined : guestFailureAnswer(policy.name, error);
  }

  endBy(policyName: string, ending: Ending): void {
    if (this.ended) {
      return;
    }
    if (ending === "close") {
      this.#recorder?.decided(policyName, "close");
      this.#notePartialRequest(policyName);
      this.#breakOff(`closed:${policyName}`);
    } else {
      this.#answer(ending);
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
    this.deadline.disarm();
    this.#recorder?.stopping(this.request);
    this.request.stop();
    this.upstream.close();
    this.#end.details = answer.by === undefined ? answer.details : toldDetails(answer.by, answer.details);
    this.responseDetails = answer.details === "" ? this.#end.details : answer.details;
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
      this.#end.partialRequestBy = policyName;
      this.#chain.reports.onPartialRequest?.(policyName, this.facts);
    }
  }

  #breakOff(details: string): void {
    this.#open.downstream.reset();
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
    this.deadline.disarm();
    this.upstream.close();
    for (const context of this.contexts) {
      context.deliver(StreamEvent.Log, 0, false);
    }
    for (const context of this.contexts) {
      context.deliver(StreamEvent.Done, 0, false);
      context.deliver(StreamEvent.Delete, 0, false);
      context.policy.contexts.unregister(context.id);
    }
    const end = this.#end;
    end.status = this.response.status;
    end.details = details;
    end.responseBytes = this.response.bodyBytes;
    end.durationMilliseconds = this.#chain.clock.now() - this.#startedAt;
    const { violation } = this.properties;
    if (violation !== undefined) {
      end.violation = violation;
    }
    if (this.#recorder !== undefined) {
      end.detail = this.#recorder.detail(this.upstream.name);
    }
    this.#chain.onExchangeEnd();
    this.#open.onEnd(end);
  }
}
