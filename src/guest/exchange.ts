/** One exchange as one policy sees it: the host's events for it, in the order in which they come. */
import { DataStatus, HeadersStatus, TrailersStatus } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { bareObject } from "../policy/bare-object.js";
import type { RequestData } from "../policy/request-data.js";
import { Response } from "../policy/response.js";
import { bypassedError } from "./chain-place.js";
import { currentEvent } from "./current-event.js";
import type { Direction } from "./direction.js";
import { ContextParts, ExchangeContext } from "./exchange-context.js";
import { overflowDetails } from "./exchange-ends.js";
import { continued, FilteringExchange, requestSide, responseSide } from "./exchange-filters.js";
import { ExchangeTimes, exchangeSummary, outcomeOf } from "./exchange-summary.js";
import { describe } from "./filter-results.js";
import { unavailableAnswer } from "./fixed-answers.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";

interface PreparedParts {
  readonly request: GuestMessage;
  readonly response: GuestMessage;
  readonly parts: ContextParts;
  readonly context: ExchangeContext;
  readonly decision: RequestData<unknown>;
}

export class GuestExchange extends FilteringExchange {
  /** The place of its policy among those of its context, where the engine has called a filter of it; see `prepared-exchange.ts`. */
  declare preparedAt?: number;
  /** Leaves the queue of those who wait for `configure`. */
  declare private leaveQueue?: (() => void) | undefined;

  static begin(instance: PolicyInstance, id: number): GuestExchange {
    const exchange = bareObject(GuestExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    if (instance.measures) {
      exchange.times = new ExchangeTimes(instance.access.now());
    }
    return exchange;
  }

  /** For `resume`, and to be prepared. */
  static resumed(instance: PolicyInstance, id: number): GuestExchange {
    const exchange = bareObject(GuestExchange.prototype);
    exchange.instance = instance;
    exchange.id = id;
    return exchange;
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
    this.decision = answered ? { kind: "break" } : { kind: "continue", value: data };
    this.keptId = requestId;
    this.keptPath = path;
    if (answered) {
      this.answeredIn = "request";
    }
    if (passed) {
      this.responseBegun = true;
      this.responseMessage = GuestMessage.gone(this, true);
    }
    this.takeTimes(times);
  }

  /** Those that the engine has taken, where the policy has use for them. */
  takeTimes(times: ExchangeTimes | undefined): void {
    if (times !== undefined) {
      this.times = times;
    }
  }

  /**
   * Makes it ready for a request that has not come yet; see `prepared-exchange.ts`. The objects that it is made of then; `decision`: what
   * the response filter is to be told, whose value is not set.
   */
  prepare(): PreparedParts {
    const request = GuestMessage.begin(this, false, false);
    const response = GuestMessage.begin(this, true, false);
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
    return this.decision ?? { kind: "pending" };
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
        this.requestMessage = GuestMessage.gone(this, false);
        this.keepHead(this.requestMessage);
      }
      this.decide(continued);
      return HeadersStatus.Continue;
    }
    const request = GuestMessage.begin(this, false, endOfStream);
    this.requestMessage = request;
    currentEvent.message = request;
    if (this.instance.keepsRequests) {
      this.keepHead(request);
    }
    if (state === "ready") {
      this.runFilter(requestSide, request);
    } else {
      this.waitForConfiguration();
    }
    return request.headEventEnds();
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
    if (this.instance.definition.onResponse === undefined || this.skipped === true || !this.instance.isConfigured) {
      this.responseMessage = GuestMessage.gone(this, true);
      return HeadersStatus.Continue;
    }
    const { response } = this;
    response.headEventBegins(endOfStream);
    this.runFilter(responseSide, response);
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
    const { definition } = this.instance;
    if (this.times === undefined || this.cutOff === true || !this.instance.isConfigured) {
      return;
    }
    const outcome = outcomeOf(this.decision, this.answeredIn === "response", this.responseCancelled);
    try {
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
        this.runFilter(requestSide, request);
        return;
      }
      this.skipped = true;
      this.stats.filterFails();
      this.decide({ kind: "cancel", reason: "failed" });
      if (this.settings.onError === "allow") {
        request.pass();
      } else {
        this.answer("request", unavailableAnswer, this.instance.state === "short" ? "memory_short" : "not_configured");
      }
    });
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
