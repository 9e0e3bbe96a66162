/**
 * One exchange as one policy sees it: runs its filters, turns their decisions into hostcalls, and ends them when the
 * exchange goes on without them.
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { bareObject } from "../policy/bare-object.js";
import { BreakFlow, ContinueFlow, continueWithoutData } from "../policy/flow.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { Response } from "../policy/response.js";
import { ResponseState } from "../policy/response-states.js";
import { bypassedError } from "./chain-place.js";
import { currentEvent } from "./current-event.js";
import { Deadline } from "./deadline.js";
import type { Direction } from "./direction.js";
import { AnsweringExchange } from "./exchange-answers.js";
import { ContextParts, ExchangeContext } from "./exchange-context.js";
import { ExchangeTimes, exchangeSummary, outcomeOf } from "./exchange-summary.js";
import { describe, isAnswerTwice, mayLeadToHead, unreadableBody } from "./filter-results.js";
import { FilterRunner, type Phase, type RunnerOwner } from "./filter-runner.js";
import { failedAnswer, tooLargeAnswer, unavailableAnswer, unreadableAnswer } from "./fixed-answers.js";
import { callFilter, filterReturned, forgetCall, isThenable } from "./frame.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { codeNobodyWaitsFor, restoreRunning, resumeRunning, setRunning } from "./running.js";

const pending: RequestData<unknown> = { kind: "pending" };
const continued: RequestData<unknown> = { kind: "continue", value: undefined };
const broken: RequestData<unknown> = { kind: "break" };

/** Envoy's `response.code_details` where a body is larger than what it buffers. */
const overflowDetails = { request: "request_payload_too_large", response: "response_payload_too_large" } as const;

interface PreparedParts {
  readonly request: GuestMessage;
  readonly response: GuestMessage;
  readonly parts: ContextParts;
  readonly context: ExchangeContext;
  readonly decision: RequestData<unknown>;
}

export class GuestExchange extends AnsweringExchange implements RunnerOwner {
  /** Filters that have to wait. */
  declare private requestRunner?: FilterRunner | undefined;
  declare private responseRunner?: FilterRunner | undefined;
  /** What the request filter did; undefined while it has not ended. */
  declare protected decision?: RequestData<unknown> | undefined;
  /** The policy sees nothing of the response: the request met it unconfigured, or its code was cut off. */
  declare private skipped?: true;
  /** Why the response filter did not end by itself. */
  declare private responseCancelled?: CancelReason;
  /** Leaves the queue of those who wait for `configure`. */
  declare private leaveQueue?: (() => void) | undefined;
  /** For `onDone`. */
  declare protected times?: ExchangeTimes;

  static begin(instance: PolicyInstance, id: number): GuestExchange {
    const exchange = bareObject(GuestExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    if (instance.measures) {
      exchange.times = new ExchangeTimes(instance.access.now());
    }
    return exchange;
  }

  /** One whose request has not come yet; see `prepared-exchange.ts`. */
  static prepare(instance: PolicyInstance): GuestExchange {
    const exchange = GuestExchange.begin(instance, 0);
    exchange.requestMessage = GuestMessage.prepare(exchange, false);
    exchange.responseMessage = GuestMessage.prepare(exchange, true);
    exchange.contextParts = new ContextParts(exchange);
    exchange.ownContext = new ExchangeContext(exchange);
    exchange.decision = { kind: "continue", value: undefined };
    exchange.answeredIn = undefined;
    exchange.responseBegun = undefined;
    exchange.keptId = undefined;
    exchange.keptPath = undefined;
    return exchange;
  }

  /** The objects that it is made of, where it was prepared; `decision`: what the response filter is to be told, whose value is not set. */
  get prepared(): PreparedParts {
    const { request, response, parts, context, decision } = this;
    return { request, response, parts, context, decision: decision ?? pending };
  }

  get hasResponse(): boolean {
    return this.responseBegun === true;
  }

  /** This policy is done with the exchange when its first event is over. */
  get overAtOnce(): boolean {
    return !this.instance.seesResponses && this.decision !== undefined && this.requestMessage?.settled !== false;
  }

  /** This policy has let both heads go and has nothing to do with what follows. */
  get overWithBothHeads(): boolean {
    const { requestMessage: request, responseMessage: response } = this;
    return (
      response?.leftWithHead === true &&
      (request === undefined ? this.decision !== undefined : request.leftWithHead) &&
      !this.instance.measures &&
      this.handedOver === undefined
    );
  }

  get requestData(): RequestData<unknown> {
    return this.decision ?? pending;
  }

  // --- what messages tell it ---

  bodyWaitChanged(direction: Direction): void {
    this.runnerOf(direction.name)?.bodyWaitChanged();
  }

  bodyTooLarge(direction: Direction): void {
    const phase = direction.name;
    this.logger.warn(`BODY_TOO_LARGE: the ${phase}'s body is larger than ${this.settings.bodyLimit} bytes.`);
    this.cancel(phase, "body-too-large");
    this.answer(phase, tooLargeAnswer(phase), "body_too_large");
  }

  messageFailed(direction: Direction, error: unknown): void {
    this.filterFailed(direction.name, error);
  }

  sendResponse(response: Response): void {
    if (!(response instanceof Response)) {
      throw new SluiceError(
        "FILTER_RESULT",
        `sendResponse(): expected a Response of "sluice", got ${describe(response)}.`,
      );
    }
    response.check();
    if (this.answeredIn !== undefined) {
      throw new SluiceError(
        "ALREADY_ANSWERED",
        `sendResponse(): the ${this.answeredIn} filter of this policy has answered this exchange.`,
      );
    }
    if (this.over !== undefined) {
      throw new SluiceError("EXCHANGE_OVER", `sendResponse() has no effect any more: ${this.over}.`);
    }
    this.answeredIn = "response";
    this.request.stop();
    this.act(() => {
      this.send(response);
    });
  }

  // --- the host's events ---

  /** Its first event, and for most the last one that this policy has to do with. */
  onRequestHeaders(endOfStream: boolean): HeadersStatus {
    const { state, definition } = this.instance;
    if (this.instance.notesHeadRequests) {
      this.noteHeadRequest();
    }
    if (state === "ready" && definition.onRequest === undefined) {
      if (this.instance.keepsRequests) {
        this.keepHead(this.request);
        this.request.ignore();
      }
      this.decide(continued);
      return HeadersStatus.Continue;
    }
    const request = new GuestMessage(this, false, endOfStream);
    this.requestMessage = request;
    currentEvent.message = request;
    if (this.instance.keepsRequests) {
      this.keepHead(request);
    }
    if (state === "ready") {
      this.runRequestFilter(request);
    } else {
      this.waitForConfiguration();
    }
    return request.headEventEnds();
  }

  /** Its first event, of which the engine has called the request filter: that has thrown or returned `value`. */
  onFilterEnded(threw: boolean, value: unknown): HeadersStatus {
    const { request } = this;
    currentEvent.message = request;
    setRunning(this);
    try {
      if (threw) {
        rethrow(value);
      }
      this.requestFilterReturned(request, filterReturned(this.instance.definition, "onRequest", value));
    } catch (error) {
      this.filterFailed("request", error);
    }
    restoreRunning(undefined);
    return request.headEventEnds();
  }

  /** The same for its response. */
  onResponseFilterEnded(threw: boolean, value: unknown): HeadersStatus {
    const { response } = this;
    currentEvent.message = response;
    setRunning(this);
    try {
      if (threw) {
        rethrow(value);
      }
      this.responseFilterReturned(response, filterReturned(this.instance.definition, "onResponse", value));
    } catch (error) {
      this.filterFailed("response", error);
    }
    restoreRunning(undefined);
    return response.headEventEnds();
  }

  /** Its first event, of which the engine has called the request filter: that has answered, and done nothing else. */
  breakAtOnce(response: Response): void {
    this.send(response);
  }

  onRequestBody(size: number, endOfStream: boolean): DataStatus {
    return this.requestMessage?.onBody(size, endOfStream) ?? DataStatus.Continue;
  }

  onRequestTrailers(): TrailersStatus {
    return this.requestMessage?.onTrailers() ?? TrailersStatus.Continue;
  }

  onResponseHeaders(endOfStream: boolean): HeadersStatus {
    this.responseBegun = true;
    this.times?.responseStarts(this.instance.access.now());
    this.leaveQueue?.();
    if (this.requestMessage?.bypassed === true) {
      this.filterFailed("request", bypassedError("request"));
      return HeadersStatus.StopIteration;
    }
    if (this.decision === undefined) {
      this.responseOvertakes();
    }
    const { response } = this;
    if (this.instance.definition.onResponse === undefined || this.skipped === true || this.instance.state !== "ready") {
      response.ignore();
      return HeadersStatus.Continue;
    }
    response.headEventBegins(endOfStream);
    this.runResponseFilter(response);
    return response.headEventEnds();
  }

  onResponseBody(size: number, endOfStream: boolean): DataStatus {
    return this.response.onBody(size, endOfStream);
  }

  onResponseTrailers(): TrailersStatus {
    return this.response.onTrailers();
  }

  /** The exchange is over: filters that have not ended by themselves are. Idempotent. */
  end(): void {
    this.leaveQueue?.();
    if (this.requestRunner?.active === true) {
      this.cancel("request", this.responseBegun === true ? "upstream-replied" : "client-gone");
    }
    if (this.responseMessage?.bypassed === true && this.responseDetails() === "via_upstream") {
      this.logThrown("POLICY_FAILED: the response filter failed", bypassedError("response"));
      this.cancel("response", "failed");
    }
    if (this.responseRunner?.active === true) {
      if (this.responseDetails() === overflowDetails.response) {
        this.hostOverflowed("response");
      } else {
        this.cancel("response", "client-gone");
      }
    }
    this.over ??= "it is over";
  }

  /** The exchange is over; headers can be read for the last time. */
  onLog(): void {
    this.end();
    const { definition, state } = this.instance;
    if (this.times === undefined || this.cutOff === true || state !== "ready") {
      return;
    }
    const outcome = outcomeOf(this.decision, this.answeredIn === "response", this.responseCancelled);
    try {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- that class is a type: see service-port.ts
      definition.onDone?.(exchangeSummary(this.host(), outcome, this.times, this.instance.access.now()), this.context);
    } catch (error) {
      this.beginPiece();
      this.logThrown("onDone failed", error);
    }
  }

  /** The policy is being removed. */
  onRemoved(): void {
    this.cancel("request", "policy-removed");
    this.cancel("response", "policy-removed");
  }

  /**
   * The engine has ended this exchange's code by force. Nothing that can run the policy's code is called. Promise jobs that have
   * nothing to do with it may have run in between, and code of it that goes on is ended once more.
   */
  onCutOff(stack: string): void {
    if (this.cutOff === true) {
      return;
    }
    const phase = this.responseBegun === true && this.requestRunner?.running !== true ? "response" : "request";
    this.logCutOff(this.over === undefined ? `the ${phase} filter` : "onDone", stack);
    this.cutOff = true;
    this.skipped = true;
    this.requestRunner?.drop();
    this.responseRunner?.drop();
    this.decision ??= { kind: "cancel", reason: "failed" };
    this.request.stop();
    this.response.stop();
    // An answer that is on its way is the client's.
    if (this.answeredIn !== phase && this.over === undefined) {
      this.answer(phase, failedAnswer, "filter_loop");
    }
  }

  lateCodeCutOff(stack: string): void {
    this.cutOff = true;
    this.logCutOff(codeNobodyWaitsFor, stack);
  }

  private logCutOff(what: string, stack: string): void {
    const limit = this.settings.callbackMilliseconds;
    this.logger.error(`FILTER_LOOP: ${what} ran longer than ${limit} ms without a pause.`, {
      stack,
    });
  }

  // --- filters ---

  private waitForConfiguration(): void {
    this.leaveQueue = this.instance.whenConfigured((ready) => {
      this.leaveQueue = undefined;
      const { request } = this;
      if (ready) {
        this.runRequestFilter(request);
        return;
      }
      this.skipped = true;
      this.decide({ kind: "cancel", reason: "failed" });
      if (this.settings.onError === "allow") {
        request.pass();
      } else {
        this.answer("request", unavailableAnswer, "not_configured");
      }
    });
  }

  /** Runs it until it ends or has to wait. */
  private runRequestFilter(request: GuestMessage): void {
    const before = setRunning(this);
    try {
      this.requestFilterReturned(
        request,
        callFilter(this.instance.definition, "onRequest", new RequestState(request), this.context),
      );
    } catch (error) {
      this.filterFailed("request", error);
    }
    restoreRunning(before);
  }

  private requestFilterReturned(request: GuestMessage, result: unknown): void {
    if (result === undefined || result === continueWithoutData) {
      this.goOn(request);
    } else if (isThenable(result)) {
      this.requestRunner = new FilterRunner(this, "request", request);
      this.requestRunner.start(result);
    } else {
      this.requestFilterEnded(request, result);
    }
  }

  private runResponseFilter(response: GuestMessage): void {
    const before = setRunning(this);
    try {
      this.responseFilterReturned(
        response,
        callFilter(this.instance.definition, "onResponse", new ResponseState(response), this.context),
      );
    } catch (error) {
      this.filterFailed("response", error);
    }
    restoreRunning(before);
  }

  private responseFilterReturned(response: GuestMessage, result: unknown): void {
    if (isThenable(result)) {
      this.responseRunner = new FilterRunner(this, "response", response);
      this.responseRunner.start(result);
    } else {
      this.responseFilterEnded(result);
    }
  }

  isCancelled(phase: Phase): boolean {
    return (phase === "request" ? this.decision : this.responseCancelled) !== undefined;
  }

  isDecided(phase: Phase): boolean {
    return phase === "request" ? this.decision !== undefined : this.answeredIn === "response";
  }

  filterEnded(phase: Phase, value: unknown): void {
    this.runnerOf(phase)?.release();
    if (this.over !== undefined) {
      return;
    }
    if (phase === "response") {
      this.responseFilterEnded(value);
    } else {
      this.requestFilterEnded(this.request, value);
    }
  }

  private goOn(request: GuestMessage): void {
    if (this.decision !== undefined) {
      return;
    }
    this.decide(continued);
    request.pass();
  }

  private requestFilterEnded(request: GuestMessage, value: unknown): void {
    if (this.decision !== undefined) {
      return;
    }
    if (value === undefined || value === continueWithoutData) {
      this.goOn(request);
    } else if (value instanceof BreakFlow) {
      // It was checked when it was made.
      this.break(value.response);
    } else if (value instanceof ContinueFlow) {
      const data: unknown = value.data;
      // Hosts do not give the head any more once it has left.
      if (mayLeadToHead(data)) {
        request.keepReadable();
      }
      this.decide(data === undefined ? continued : { kind: "continue", value: data });
      request.pass();
    } else if (value instanceof Response) {
      this.breakChecked(value);
    } else {
      this.filterFailed(
        "request",
        new SluiceError(
          "FILTER_RESULT",
          `onRequest returned ${describe(value)}; expected nothing, a Flow or a Response of "sluice".`,
        ),
      );
    }
  }

  private responseFilterEnded(value: unknown): void {
    this.times?.responseFilterEnds(this.instance.access.now());
    // Someone who returns an answer means it: silence would let the response through. Most return nothing.
    if (
      value !== undefined &&
      (value instanceof Response || value instanceof BreakFlow || value instanceof ContinueFlow)
    ) {
      this.filterFailed(
        "response",
        new SluiceError(
          "FILTER_RESULT",
          `onResponse returned ${describe(value)}; expected nothing: answer with sendResponse().`,
        ),
      );
    } else if (this.answeredIn !== "response") {
      this.response.pass();
    }
  }

  private decide(decision: RequestData<unknown>): void {
    this.decision = decision;
    const { instance } = this;
    if (instance.measures) {
      this.times?.requestFilterEnds(instance.access.now());
    }
  }

  private breakChecked(response: Response): void {
    try {
      response.check();
    } catch (error) {
      this.filterFailed("request", error);
      return;
    }
    this.break(response);
  }

  private break(response: Response): void {
    this.decide(broken);
    if (this.responseBegun === true) {
      this.logThrown(
        "The exchange was broken off",
        new SluiceError("ANSWER_TOO_LATE", "The request filter answered after the response had begun."),
      );
      this.close("request");
      return;
    }
    this.answer("request", response);
  }

  // --- ends ---

  /** The response has begun before the request filter ended. */
  private responseOvertakes(): void {
    const details = this.responseDetails();
    const viaUpstream = details === "via_upstream";
    if (viaUpstream && this.request.streaming) {
      return;
    }
    if (details === overflowDetails.request) {
      this.hostOverflowed("request");
    } else {
      this.cancel("request", viaUpstream ? "upstream-replied" : "peer-replied");
    }
  }

  private responseDetails(): string | undefined {
    return this.parts.properties.text(["response", "code_details"]);
  }

  /** The host has answered, or broken off, what it could not keep back for the filter any more: so much came at once. */
  private hostOverflowed(phase: Phase): void {
    this.logger.warn(`BODY_TOO_LARGE: the ${phase}'s body is larger than what Envoy buffers of it.`);
    this.cancel(phase, "body-too-large");
  }

  /** Ends a filter that has not decided. */
  protected cancel(phase: Phase, reason: CancelReason): void {
    const runner = this.runnerOf(phase);
    if (phase === "request") {
      if (this.decision !== undefined) {
        return;
      }
      this.decision = { kind: "cancel", reason };
      this.request.stop();
    } else {
      if (runner?.active !== true) {
        return;
      }
      if (this.answeredIn !== "response") {
        this.responseCancelled = reason;
      }
      this.response.stop();
    }
    const run = runner?.release();
    this.abort(reason);
    if (run !== undefined) {
      runner?.end(run);
    }
  }

  /** Listeners of `signal` are the policy's code. */
  private abort(reason: CancelReason): void {
    const before = resumeRunning(this);
    this.parts.abort(reason);
    restoreRunning(before);
  }

  filterFailedLate(phase: Phase, error: unknown): void {
    this.logThrown(`The ${phase} filter failed after it had been ended`, error);
  }

  filterFailed(phase: Phase, error: unknown): void {
    const runner = this.runnerOf(phase);
    const run = runner?.release();
    const message = phase === "request" ? this.request : this.response;
    // To tell it is not the filter's work; so it is once only.
    if (!this.isCancelled(phase)) {
      this.beginPiece();
    }
    // Not the policy's fault, where it is about the message that is being filtered.
    const unreadable = unreadableBody(error, phase);
    if (unreadable !== undefined) {
      this.logWarning(`${unreadable}: the filter did not expect that`, error);
    } else {
      this.logThrown(`POLICY_FAILED: the ${phase} filter failed`, error);
    }
    if (this.over !== undefined || (phase === "response" && this.answeredIn === "response")) {
      return;
    }
    this.abort("failed");
    const kept =
      phase === "response" && this.answeredIn === "request" && (unreadable !== undefined || isAnswerTwice(error));
    // A failure that is not the filter's own ends it.
    if (run !== undefined) {
      runner?.end(run);
    }
    if (phase === "request") {
      if (this.decision !== undefined && this.answeredIn !== undefined) {
        return;
      }
      this.decision = { kind: "cancel", reason: "failed" };
    } else {
      this.responseCancelled = "failed";
    }
    if ((this.settings.onError === "allow" || kept) && !message.broken) {
      message.passUnchanged();
      return;
    }
    message.stop();
    if (unreadable !== undefined) {
      this.answer(phase, unreadableAnswer(phase), unreadable.toLowerCase() as Lowercase<typeof unreadable>);
    } else {
      this.answer(phase, failedAnswer, "policy_failed");
    }
  }

  filterTimedOut(phase: Phase): void {
    // Cut off while it set the limit, whose end nobody could forego.
    if (this.cutOff === true) {
      return;
    }
    this.logger.error(`FILTER_TIMEOUT: the ${phase} filter awaited something for longer than ${Deadline.limit} ms.`);
    const message = phase === "request" ? this.request : this.response;
    const allowed = this.settings.onError === "allow" && !message.broken;
    this.cancel(phase, "filter-timeout");
    if (allowed) {
      message.passUnchanged();
    } else {
      this.answer(phase, failedAnswer, "filter_timeout");
    }
  }

  private runnerOf(phase: Phase): FilterRunner | undefined {
    return phase === "request" ? this.requestRunner : this.responseRunner;
  }
}

function rethrow(thrown: unknown): never {
  forgetCall();
  throw thrown;
}
