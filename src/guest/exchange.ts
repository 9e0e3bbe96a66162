/**
 * One exchange as one policy sees it: runs its filters, turns their decisions into hostcalls, and ends them when the
 * exchange goes on without them.
 */
import type { DataStatus, TrailersStatus } from "../abi/constants.js";
import { HeadersStatus, LogLevel, MapType } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { BreakFlow, ContinueFlow } from "../policy/flow.js";
import { FixedHeaders } from "../policy/headers.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { Response } from "../policy/response.js";
import { ResponseState } from "../policy/response-states.js";
import { Deadline } from "./deadline.js";
import { requestDirection, responseDirection } from "./direction.js";
import type { Direction } from "./direction.js";
import { ExchangeContext } from "./exchange-context.js";
import { FilterRunner } from "./filter-runner.js";
import type { Phase, RunnerOwner } from "./filter-runner.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import type { MessageOwner } from "./message-owner.js";

const failedAnswer = new Response(500).withHeaders([["content-type", "text/plain"]]).withBody("Internal Server Error\n");
const tooLargeAnswers: Readonly<Record<number, Response>> = {
  413: new Response(413).withHeaders([["content-type", "text/plain"]]).withBody("Content Too Large\n"),
  500: failedAnswer,
};
const unavailableAnswer = new Response(503).withHeaders([["content-type", "text/plain"]]).withBody("Service Unavailable\n");

export class GuestExchange implements RunnerOwner, MessageOwner {
  readonly id: number;
  readonly instance: PolicyInstance;
  readonly request: GuestMessage;
  // Most exchanges need neither.
  #response: GuestMessage | undefined;
  #context: ExchangeContext | undefined;
  over: string | undefined;
  #requestRunner: FilterRunner | undefined;
  #responseRunner: FilterRunner | undefined;
  /** What the request filter did; undefined while it has not ended. */
  #requestData: RequestData<unknown> | undefined;
  /** The policy saw the request. Hosts may end exchanges that never got so far. */
  #begun = false;
  #responseBegun = false;
  /** The phase in which this policy answered. Hosts take one answer of a policy for an exchange. */
  #answeredIn: Phase | undefined;
  /** The request met an unconfigured policy, which sees nothing of the response. */
  #skipped = false;
  /** Why the response filter did not end by itself. */
  #responseCancelled: CancelReason | undefined;
  /** Leaves the queue of those who wait for `configure`. */
  #leaveQueue: (() => void) | undefined;
  readonly #startedAt: number;
  #requestEndedAt: number | undefined;
  #responseStartedAt: number | undefined;
  #responseEndedAt: number | undefined;

  constructor(instance: PolicyInstance, id: number) {
    this.instance = instance;
    this.id = id;
    this.request = new GuestMessage(this, requestDirection);
    this.#startedAt = instance.measures ? instance.access.now() : 0;
  }

  get response(): GuestMessage {
    return (this.#response ??= new GuestMessage(this, responseDirection));
  }

  get context(): ExchangeContext {
    return (this.#context ??= new ExchangeContext(this));
  }

  // --- what messages need ---

  host(): Hostcalls {
    return this.instance.access.as(this.id);
  }

  act(action: () => void): void {
    const { running } = this.instance.access;
    // In another exchange's event an answer or a resumption would stop that one (Envoy's flag is for the whole VM).
    if (running > 0 && running !== this.id) this.later(action);
    else action();
  }

  later(action: () => void): void {
    this.instance.later(() => {
      if (this.over === undefined) action();
    });
  }

  runMicrotasks(): void {
    this.instance.runMicrotasks();
  }

  get bodyLimit(): number {
    return this.instance.settings.bodyLimit;
  }

  get canHold(): boolean {
    return this.instance.settings.canHold;
  }

  get preventPartialRequests(): boolean {
    return this.instance.settings.partialRequests === "prevent";
  }

  get requestData(): RequestData<unknown> {
    return this.#requestData ?? { kind: "pending" };
  }

  bodyTooLarge(direction: Direction): void {
    const phase = direction.name;
    this.context.logger.warn(`BODY_TOO_LARGE: the ${phase}'s body is larger than ${this.bodyLimit} bytes.`);
    this.#cancel(phase, "body-too-large");
    this.#answer(phase, tooLargeAnswers[direction.tooLargeStatus] ?? failedAnswer, "body_too_large");
  }

  messageFailed(direction: Direction, error: unknown): void {
    this.filterFailed(direction.name, error);
  }

  bodyWaitChanged(direction: Direction): void {
    this.#runnerOf(direction.name)?.bodyWaitChanged();
  }

  sendResponse(response: Response): void {
    if (!(response instanceof Response)) {
      throw new SluiceError("FILTER_RESULT", `sendResponse(): expected a Response of "sluice", got ${describe(response)}.`);
    }
    const answer = response.answer();
    if (this.#answeredIn !== undefined) {
      throw new SluiceError("ALREADY_ANSWERED", `sendResponse(): the ${this.#answeredIn} filter of this policy has answered this exchange.`);
    }
    if (this.over !== undefined) throw new SluiceError("EXCHANGE_OVER", `sendResponse() has no effect any more: ${this.over}.`);
    this.#answeredIn = "response";
    this.request.stop();
    this.act(() => {
      this.host().sendLocalResponse(answer.status, this.instance.details("send"), answer.body, answer.headers, -1);
    });
  }

  // --- the host's events ---

  onRequestHeaders(endOfStream: boolean): HeadersStatus {
    this.#begun = true;
    return this.request.onHead(endOfStream, () => {
      this.#whenConfigured();
    });
  }

  onResponseHeaders(endOfStream: boolean): HeadersStatus {
    this.#responseBegun = true;
    if (this.instance.measures) this.#responseStartedAt = this.instance.access.now();
    this.#leaveQueue?.();
    if (this.#requestData === undefined) this.#responseOvertakes();
    const { definition } = this.instance;
    if (definition.onResponse === undefined || this.#skipped || this.instance.state !== "ready") {
      this.response.ignore();
      return HeadersStatus.Continue;
    }
    return this.response.onHead(endOfStream, () => {
      this.#responseRunner = new FilterRunner(this, "response", this.response);
      this.#responseRunner.start(() => definition.onResponse?.(new ResponseState(this.response), this.context));
    });
  }

  onRequestBody(size: number, endOfStream: boolean): DataStatus {
    return this.request.onBody(size, endOfStream);
  }

  onRequestTrailers(): TrailersStatus {
    return this.request.onTrailers();
  }

  onResponseBody(size: number, endOfStream: boolean): DataStatus {
    return this.response.onBody(size, endOfStream);
  }

  onResponseTrailers(): TrailersStatus {
    return this.response.onTrailers();
  }

  /** The exchange is over; headers can be read for the last time. */
  onLog(): void {
    this.#leaveQueue?.();
    if (this.#requestRunner?.active === true) this.#cancel("request", this.#responseBegun ? "upstream-replied" : "client-gone");
    if (this.#responseRunner?.active === true) this.#cancel("response", "client-gone");
    this.over ??= "it is over";
    const { definition } = this.instance;
    if (definition.onDone === undefined || !this.#begun || this.instance.state !== "ready") return;
    const host = this.host();
    const requestHeaders = host.getHeaderMapPairs(MapType.RequestHeaders);
    const responseHeaders = host.getHeaderMapPairs(MapType.ResponseHeaders);
    const since = (from: number | undefined, to: number | undefined): number | undefined =>
      from === undefined || to === undefined ? undefined : to - from;
    try {
      definition.onDone(
        {
          status: Number(responseHeaders[responseHeaders.indexOf(":status") + 1] ?? 0) || 0,
          ...this.#outcome(),
          durations: {
            total: this.instance.access.now() - this.#startedAt,
            requestFilter: since(this.#startedAt, this.#requestEndedAt),
            responseFilter: since(this.#responseStartedAt, this.#responseEndedAt),
          },
          requestHeaders: new FixedHeaders(requestHeaders),
          responseHeaders: new FixedHeaders(responseHeaders),
        },
        this.context,
      );
    } catch (error) {
      this.#logError("onDone failed", error);
    }
  }

  /** The policy is being removed. */
  onRemoved(): void {
    this.#cancel("request", "policy-removed");
    this.#cancel("response", "policy-removed");
  }

  // --- filters ---

  #whenConfigured(): void {
    if (this.instance.state === "ready") {
      this.#runRequestFilter();
      return;
    }
    this.#leaveQueue = this.instance.whenConfigured((ready) => {
      this.#leaveQueue = undefined;
      if (ready) {
        this.#runRequestFilter();
        return;
      }
      this.#skipped = true;
      const allowed = this.instance.settings.onError === "allow";
      this.#endRequest({ kind: "cancel", reason: "failed" }, allowed);
      if (!allowed) this.#answer("request", unavailableAnswer, "not_configured");
    });
  }

  #runRequestFilter(): void {
    const { definition } = this.instance;
    if (definition.onRequest === undefined) {
      this.#endRequest({ kind: "continue", value: undefined }, true);
      return;
    }
    this.#requestRunner = new FilterRunner(this, "request", this.request);
    this.#requestRunner.start(() => definition.onRequest?.(new RequestState(this.request), this.context));
  }

  isDecided(phase: Phase): boolean {
    return phase === "request" ? this.#requestData !== undefined : this.#answeredIn === "response";
  }

  filterEnded(phase: Phase, value: unknown): void {
    this.#runnerOf(phase)?.release();
    if (this.over !== undefined) return;
    if (phase === "response") {
      this.#responseEndedAt = this.instance.measures ? this.instance.access.now() : undefined;
      // Someone who returns an answer means it: silence would let the response through.
      if (value instanceof Response || value instanceof BreakFlow || value instanceof ContinueFlow) {
        this.filterFailed("response", new SluiceError("FILTER_RESULT", `onResponse returned ${describe(value)}; expected nothing: answer with sendResponse().`));
      } else if (this.#answeredIn !== "response") {
        this.response.pass();
      }
      return;
    }
    if (this.#requestData !== undefined) return;
    if (value === undefined) this.#endRequest({ kind: "continue", value: undefined }, true);
    else if (value instanceof ContinueFlow) {
      // The data may hold the headers, which are not the host's to read once the head has left.
      if (typeof value.data === "object") this.request.keepShownHeaders();
      this.#endRequest({ kind: "continue", value: value.data }, true);
    }
    else if (value instanceof BreakFlow) this.#break(value.response);
    else if (value instanceof Response) this.#break(value);
    else {
      this.filterFailed("request", new SluiceError("FILTER_RESULT", `onRequest returned ${describe(value)}; expected nothing, a Flow or a Response of "sluice".`));
    }
  }

  #endRequest(data: RequestData<unknown>, pass: boolean): void {
    this.#requestData = data;
    if (this.instance.measures) this.#requestEndedAt = this.instance.access.now();
    if (pass) this.request.pass();
  }

  #break(response: Response): void {
    try {
      response.answer();
    } catch (error) {
      this.filterFailed("request", error);
      return;
    }
    this.#endRequest({ kind: "break" }, false);
    if (this.#responseBegun) {
      this.#logError("The exchange was broken off", new SluiceError("ANSWER_TOO_LATE", "The request filter answered after the response had begun."));
      this.#close("request");
      return;
    }
    this.#answer("request", response, this.instance.details("break"));
  }

  // --- ends ---

  /** The response has begun before the request filter ended. */
  #responseOvertakes(): void {
    const viaUpstream = this.context.properties.text(["response", "code_details"]) === "via_upstream";
    if (viaUpstream && this.request.streaming) return;
    this.#cancel("request", viaUpstream ? "upstream-replied" : "peer-replied");
  }

  /** Ends a filter that has not decided. */
  #cancel(phase: Phase, reason: CancelReason): void {
    const runner = this.#runnerOf(phase);
    if (phase === "request") {
      if (this.#requestData !== undefined) return;
      this.#requestData = { kind: "cancel", reason };
      this.request.stop();
    } else {
      if (runner?.active !== true) return;
      if (this.#answeredIn !== "response") this.#responseCancelled = reason;
      this.response.stop();
    }
    const run = runner?.release();
    this.context.abort(reason);
    if (run !== undefined) runner?.end(run);
  }

  filterFailedLate(phase: Phase, error: unknown): void {
    this.#logError(`The ${phase} filter failed after it had been ended`, error);
  }

  filterFailed(phase: Phase, error: unknown): void {
    const runner = this.#runnerOf(phase);
    const run = runner?.release();
    const message = phase === "request" ? this.request : this.response;
    this.#logError(`POLICY_FAILED: the ${phase} filter failed`, error);
    if (this.over !== undefined || (phase === "response" && this.#answeredIn === "response")) return;
    this.context.abort("failed");
    // A failure that is not the filter's own ends it.
    if (run !== undefined) runner?.end(run);
    if (phase === "request") {
      if (this.#requestData !== undefined && this.#answeredIn !== undefined) return;
      this.#requestData = { kind: "cancel", reason: "failed" };
    } else {
      this.#responseCancelled = "failed";
    }
    if (this.instance.settings.onError === "allow" && !message.broken) {
      message.passUnchanged();
      return;
    }
    message.stop();
    this.#answer(phase, failedAnswer, "policy_failed");
  }

  filterTimedOut(phase: Phase): void {
    this.context.logger.error(`FILTER_TIMEOUT: the ${phase} filter awaited something for longer than ${Deadline.limit} ms.`);
    const message = phase === "request" ? this.request : this.response;
    const allowed = this.instance.settings.onError === "allow" && !message.broken;
    this.#cancel(phase, "filter-timeout");
    if (allowed) message.passUnchanged();
    else this.#answer(phase, failedAnswer, "filter_timeout");
  }

  /** Answers the client, or breaks the exchange off where it is too late for that. */
  #answer(phase: Phase, response: Response, details: string): void {
    if (phase === "response" && (this.#answeredIn !== undefined || this.response.headOut)) {
      this.#close(phase);
      return;
    }
    if (phase === "request" && this.#responseBegun) {
      this.#close(phase);
      return;
    }
    this.#answeredIn = phase;
    const answer = response.answer();
    if (phase === "request") {
      this.request.stop();
      if (this.request.headOut) {
        this.context.logger.warn("PARTIAL_REQUEST: the upstream may have seen the beginning of the request that this policy broke off.", {
          fix: "partialRequests: prevent, or intoHeadersBodyState()",
        });
      }
    }
    this.act(() => {
      // Where it had to wait for a later event, the upstream may have been faster.
      if (phase === "request" && this.#responseBegun) this.host().closeStream(requestDirection.stream);
      else this.host().sendLocalResponse(answer.status, details, answer.body, answer.headers, -1);
    });
  }

  #close(phase: Phase): void {
    this.request.stop();
    this.response.stop();
    this.act(() => {
      this.host().closeStream(phase === "request" ? requestDirection.stream : responseDirection.stream);
    });
  }

  #runnerOf(phase: Phase): FilterRunner | undefined {
    return phase === "request" ? this.#requestRunner : this.#responseRunner;
  }

  #outcome(): { outcome: "continue" | "break" | "send" | "cancel" | "failed"; reason: CancelReason | undefined } {
    const data = this.#requestData;
    if (this.#answeredIn === "response" && this.#responseCancelled === undefined) return { outcome: "send", reason: undefined };
    const reason = this.#responseCancelled ?? (data?.kind === "cancel" ? data.reason : undefined);
    if (reason !== undefined) return { outcome: reason === "failed" ? "failed" : "cancel", reason };
    return { outcome: data?.kind === "break" ? "break" : "continue", reason: undefined };
  }

  #logError(message: string, error: unknown): void {
    this.instance.logError(LogLevel.Error, this.context.logger, message, error);
  }
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { constructor } = value as { constructor?: { name?: string } };
  return `a ${constructor?.name ?? "object"}`;
}
