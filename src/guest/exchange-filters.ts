/** How the two filters of an exchange are run, and what becomes of it by what they return: the same on either way, as far as it is the same. */
import type { HeadersStatus } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { BreakFlow, ContinueFlow, continueWithoutData } from "../policy/flow.js";
import type { RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { Response } from "../policy/response.js";
import { ResponseState } from "../policy/response-states.js";
import { currentEvent } from "./current-event.js";
import { EndedExchange } from "./exchange-ends.js";
import type { ExchangeTimes } from "./exchange-summary.js";
import { describe, mayLeadToHead } from "./filter-results.js";
import { FilterRunner, type Phase, type RunnerOwner } from "./filter-runner.js";
import { callFilter, filterReturned, forgetCall, isThenable } from "./frame.js";
import type { GuestMessage } from "./guest-message.js";
import { restoreRunning, setRunning } from "./running.js";

/** One of the two filters of a policy. */
interface Side {
  readonly phase: Phase;
  readonly filter: "onRequest" | "onResponse";
  readonly state: typeof RequestState | typeof ResponseState;
}

export const requestSide: Side = { phase: "request", filter: "onRequest", state: RequestState };
export const responseSide: Side = { phase: "response", filter: "onResponse", state: ResponseState };

export const continued: RequestData<unknown> = { kind: "continue", value: undefined };

export abstract class FilteringExchange extends EndedExchange implements RunnerOwner {
  /** For `onDone`. */
  declare protected times?: ExchangeTimes;

  get hasResponse(): boolean {
    return this.responseBegun === true;
  }

  // --- running ---

  /** Runs the filter until it ends or has to wait. */
  protected runFilter(side: Side, message: GuestMessage): void {
    const before = setRunning(this);
    try {
      const result = callFilter(this.instance.definition, side.filter, new side.state(message), this.context);
      this.takeResult(side.phase, message, result);
    } catch (error) {
      this.filterFailed(side.phase, error);
    }
    restoreRunning(before);
  }

  /** The first event of a message, of which the engine has called the filter: that has thrown or returned `value`. */
  onFilterEnded(threw: boolean, value: unknown): HeadersStatus {
    const phase = this.hasResponse ? "response" : "request";
    const message = this.messageOf(phase);
    currentEvent.message = message;
    setRunning(this);
    try {
      if (threw) {
        rethrow(value);
      }
      filterReturned(value);
      this.takeResult(phase, message, value);
    } catch (error) {
      this.filterFailed(phase, error);
    }
    restoreRunning(undefined);
    return message.headEventEnds();
  }

  /** What the filter has returned: what it decides, or the promise of that. */
  private takeResult(phase: Phase, message: GuestMessage, result: unknown): void {
    if (!isThenable(result)) {
      this.filterEnds(phase, message, result);
      return;
    }
    const runner = new FilterRunner(this, phase, message);
    if (phase === "request") {
      this.requestRunner = runner;
    } else {
      this.responseRunner = runner;
    }
    runner.start(result);
  }

  filterEnded(phase: Phase, value: unknown): void {
    this.runnerOf(phase)?.release();
    if (this.over === undefined) {
      this.filterEnds(phase, this.messageOf(phase), value);
    }
  }

  // --- results ---

  private filterEnds(phase: Phase, message: GuestMessage, value: unknown): void {
    if (phase === "response") {
      this.responseFilterEnds(message, value);
    } else if (this.decision === undefined) {
      this.requestFilterEnds(message, value);
    }
  }

  private requestFilterEnds(request: GuestMessage, value: unknown): void {
    if (value === undefined || value === continueWithoutData) {
      this.decide(continued);
      request.pass();
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
      value.check();
      this.break(value);
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

  private responseFilterEnds(response: GuestMessage, value: unknown): void {
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
      response.pass();
    }
  }

  protected decide(decision: RequestData<unknown>): void {
    const { instance } = this;
    // Who is told of it later may write into it.
    this.decision = decision === continued && instance.seesResponses ? { ...continued } : decision;
    if (instance.measures) {
      this.times?.requestFilterEnds(instance.access.now());
    }
  }

  private break(response: Response): void {
    this.decide({ kind: "break" });
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
}

function rethrow(thrown: unknown): never {
  forgetCall();
  throw thrown;
}
