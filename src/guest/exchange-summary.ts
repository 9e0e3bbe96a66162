/** What `onDone` is told: the outcome of an exchange, how long it took, and the response's headers. */
import { MapType } from "../abi/constants.js";
import { firstValue } from "../abi/header-list.js";
import type { ExchangeSummary } from "../policy/context.js";
import { FixedHeaders } from "../policy/headers.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import type { ExchangeCalls } from "./message-owner.js";

type Outcome = Pick<ExchangeSummary, "outcome" | "reason">;

/** When the parts of an exchange began and ended, in milliseconds since the epoch. */
export class ExchangeTimes {
  private readonly startedAt: number;
  private requestEndedAt: number | undefined;
  private responseStartedAt: number | undefined;
  private responseEndedAt: number | undefined;

  constructor(now: number) {
    this.startedAt = now;
  }

  requestFilterEnds(now: number): void {
    this.requestEndedAt = now;
  }

  responseStarts(now: number): void {
    this.responseStartedAt = now;
  }

  responseFilterEnds(now: number): void {
    this.responseEndedAt = now;
  }

  durations(now: number): ExchangeSummary["durations"] {
    return {
      total: now - this.startedAt,
      requestFilter: since(this.startedAt, this.requestEndedAt),
      responseFilter: since(this.responseStartedAt, this.responseEndedAt),
    };
  }
}

/** What a policy did to an exchange. */
export function outcomeOf(
  decision: RequestData<unknown> | undefined,
  sent: boolean,
  responseCancelled: CancelReason | undefined,
): Outcome {
  if (sent && responseCancelled === undefined) {
    return { outcome: "send", reason: undefined };
  }
  const reason = responseCancelled ?? (decision?.kind === "cancel" ? decision.reason : undefined);
  if (reason !== undefined) {
    return { outcome: reason === "failed" ? "failed" : "cancel", reason };
  }
  return { outcome: decision?.kind === "break" ? "break" : "continue", reason: undefined };
}

/** `host` acts on the exchange, whose headers can still be read. */
export function exchangeSummary(
  host: ExchangeCalls,
  outcome: Outcome,
  times: ExchangeTimes,
  now: number,
): ExchangeSummary {
  const responseHeaders = host.getHeaderMapPairs(MapType.ResponseHeaders);
  return {
    status: Number(firstValue(responseHeaders, ":status") ?? 0) || 0,
    ...outcome,
    durations: times.durations(now),
    responseHeaders: new FixedHeaders(responseHeaders),
  };
}

function since(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
