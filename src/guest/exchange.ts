/**
 * One exchange as one policy sees it: runs its filters, turns their decisions into hostcalls, and ends them when the
 * exchange goes on without them.
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { bareObject } from "../policy/bare-object.js";
import { BreakFlow, ContinueFlow, continueWithoutData } from "../policy/flow.js";
import type { RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { Response } from "../policy/response.js";
import { ResponseState } from "../policy/response-states.js";
import { bypassedError } from "./chain-place.js";
import { currentEvent } from "./current-event.js";
import type { Direction } from "./direction.js";
import { ContextParts, ExchangeContext } from "./exchange-context.js";
import { EndedExchange, overflowDetails } from "./exchange-ends.js";
import { ExchangeTimes, exchangeSummary, outcomeOf } from "./exchange-summary.js";
import { describe, mayLeadToHead } from "./filter-results.js";
import { FilterRunner, type Phase, type RunnerOwner } from "./filter-runner.js";
import { unavailableAnswer } from "./fixed-answers.js";
import { callFilter, filterReturned, forgetCall, isThenable } from "./frame.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { restoreRunning, setRunning } from "./running.js";

const continued: RequestData<unknown> = { kind: "continue", value: undefined };
export const broken: RequestData<unknown> = { kind: "break" };

interface PreparedParts {
  readonly request: GuestMessage;
  readonly response: GuestMessage;
  readonly parts: ContextParts;
  readonly context: ExchangeContext;
  readonly decision: RequestData<unknown>;
}

export class GuestExchange extends EndedExchange implements RunnerOwner {
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

  /** For `resume`. */
  static resumed(instance: PolicyInstance, id: number): GuestExchange {
    const exchange = bareObject(GuestExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    return exchange;
  }

  /**
   * Makes it ready for a request that has not come yet; see `prepared-exchange.ts`. The objects that it is made of then; `decision`: what
   * the response filter is to be told, whose value is not set.
   */
  prepare(): PreparedParts {
    const request = GuestMessage.prepare(this, false);
    const response = GuestMessage.prepare(this, true);
    const parts = new ContextParts(this);
    const context = new ExchangeContext(this);
    const decision: RequestData<unknown> = { kind: "continue", value: undefined };
    this.requestMessage = request;
    this.responseMessage = response;
    this.contextParts = parts;
    this.ownContext = context;
    this.decision = decision;
    this.answeredIn = undefined;
    this.responseBegun = undefined;
    this.keptId = undefined;
    this.keptPath = undefined;
    return { request, response, parts, context, decision };
  }

  /** Its filters have been called without the guest; see `GuestEvents.onWaiting`. */
  resume(
    data: unknown,
    requestId: string | undefined,
    path: string | undefined,
    answered: boolean,
    passed: boolean,
    times: ExchangeTimes | undefined,
  ): void {
    this.decision = answered ? broken : { kind: "continue", value: data };
    this.keptId = requestId;
    this.keptPath = path;
    if (answered) {
      this.answeredIn = "request";
    }
    if (passed) {
      this.responseBegun = true;
      this.response.ignore();
    }
    if (times !== undefined) {
      this.times = times;
    }
  }

  /** Of one whose filter the engine has called and that is the guest's from now on. */
  takeTimes(times: ExchangeTimes | undefined): void {
    if (times !== undefined) {
      this.times = times;
    }
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

  /** An object of the exchange's own: policies may write into it. */
  get requestData(): RequestData<unknown> {
    const { decision } = this;
    return decision === broken ? (this.decision = { kind: "break" }) : (decision ?? { kind: "pending" });
  }

  // --- what messages tell it ---

  bodyWaitChanged(direction: Direction): void {
    this.runnerOf(direction.name)?.bodyWaitChanged();
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
    this.stats.policyAnswers();
    this.request.stop();
    this.act(() => {
      this.send(response);
    });
  }

  // --- the host's events ---

  /** Its first event, and for most the last one that this policy has to do with. */
  onRequestHeaders(endOfStream: boolean): HeadersStatus {
    const { state, definition, stats } = this.instance;
    stats.exchangeBegins();
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
    this.stats.policyAnswers();
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
      this.stats.filterFails();
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
    const { instance } = this;
    this.decision = decision === continued && instance.seesResponses ? { ...continued } : decision;
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
    this.stats.policyAnswers();
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
}

function rethrow(thrown: unknown): never {
  forgetCall();
  throw thrown;
}
