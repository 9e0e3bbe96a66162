/** How the filters of an exchange end otherwise than by themselves: cancelled, failed, out of time, cut off. */
import type { CancelReason, RequestData } from "../policy/request-data.js";
import { Deadline } from "./deadline.js";
import type { Direction } from "./direction.js";
import { AnsweringExchange } from "./exchange-answers.js";
import { isAnswerTwice, unreadableBody } from "./filter-results.js";
import type { FilterRunner, Phase } from "./filter-runner.js";
import { failedAnswer, tooLargeAnswer, unreadableAnswer } from "./fixed-answers.js";
import type { GuestMessage } from "./guest-message.js";
import { codeNobodyWaitsFor, restoreRunning, resumeRunning } from "./running.js";

/** Envoy's `response.code_details` where a body is larger than what it buffers. */
export const overflowDetails = {
  request: "request_payload_too_large",
  response: "response_payload_too_large",
} as const;

export abstract class EndedExchange extends AnsweringExchange {
  /** Filters that have to wait. */
  declare protected requestRunner?: FilterRunner | undefined;
  declare protected responseRunner?: FilterRunner | undefined;
  /** What the request filter did; undefined while it has not ended. */
  declare protected decision?: RequestData<unknown> | undefined;
  /** The policy sees nothing of the response: the request met it unconfigured, or its code was cut off. */
  declare protected skipped?: true;
  /** Why the response filter did not end by itself. */
  declare protected responseCancelled?: CancelReason;

  isCancelled(phase: Phase): boolean {
    return (phase === "request" ? this.decision : this.responseCancelled) !== undefined;
  }

  isDecided(phase: Phase): boolean {
    return phase === "request" ? this.decision !== undefined : this.answeredIn === "response";
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

  protected responseDetails(): string | undefined {
    return this.parts.properties.text(["response", "code_details"]);
  }

  /** The host has answered, or broken off, what it could not keep back for the filter any more: so much came at once. */
  protected hostOverflowed(phase: Phase): void {
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
    this.noteEnd(reason);
    this.abort(reason);
    if (run !== undefined) {
      runner?.end(run);
    }
  }

  private noteEnd(reason: CancelReason): void {
    if (reason === "filter-timeout" || reason === "failed") {
      this.stats.filterFails();
    } else {
      this.stats.filterCancelled();
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

  /** @param lost The message cannot go on as it came: that errors are allowed does not help it. */
  filterFailed(phase: Phase, error: unknown, lost = false): void {
    const runner = this.runnerOf(phase);
    const run = runner?.release();
    const message = this.messageOf(phase);
    // To tell it is not the filter's work; so it is once only.
    if (!this.isCancelled(phase)) {
      this.beginPiece();
    }
    // Not the policy's fault, where it is about the message that is being filtered.
    const unreadable = unreadableBody(error, phase);
    if (unreadable !== undefined) {
      this.stats.filterCancelled();
      this.logWarning(`${unreadable}: the filter did not expect that`, error);
    } else {
      this.stats.filterFails();
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
    if ((this.settings.onError === "allow" || kept) && !message.broken && !lost) {
      message.pass(true);
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
    const message = this.messageOf(phase);
    const allowed = this.settings.onError === "allow" && !message.broken;
    this.cancel(phase, "filter-timeout");
    if (allowed) {
      message.pass(true);
    } else {
      this.answer(phase, failedAnswer, "filter_timeout");
    }
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
    this.stats.codeCutOff();
    const limit = this.settings.callbackMilliseconds;
    this.logger.error(`FILTER_LOOP: ${what} ran longer than ${limit} ms without a pause.`, {
      stack,
    });
  }

  protected messageOf(phase: Phase): GuestMessage {
    return phase === "request" ? this.request : this.response;
  }

  protected runnerOf(phase: Phase): FilterRunner | undefined {
    return phase === "request" ? this.requestRunner : this.responseRunner;
  }
}
