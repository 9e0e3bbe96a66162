/** What `onDone` is told: the outcome of an exchange, how long it took, and the response's headers. */
import { MapType } from "../abi/constants.js";
import type { ExchangeSummary } from "../policy/context.js";
import { FixedHeaders } from "../policy/headers.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import type { ExchangeCalls } from "./message-owner.js";

type Outcome = Pick<ExchangeSummary, "outcome" | "reason">;

/** When the parts of an exchange began and ended, in milliseconds since the epoch. */
export class ExchangeTimes {
  private readonly startedAt: number;
  declare private requestEndedAt: number | undefined;
  declare private responseStartedAt: number | undefined;
  declare private responseEndedAt: number | undefined;

  constructor(startedAt: number, requestEndedAt?: number, responseStartedAt?: number, responseEndedAt?: number) {
    this.startedAt = startedAt;
    this.requestEndedAt = requestEndedAt;
    this.responseStartedAt = responseStartedAt;
    this.responseEndedAt = responseEndedAt;
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

/** Those that an engine has taken; undefined: the policy has no use for them. */
export function timesOf([startedAt, requestEndedAt, responseStartedAt, responseEndedAt]: readonly (
  | number
  | undefined
)[]): ExchangeTimes | undefined {
  return startedAt === undefined
    ? undefined
    : new ExchangeTimes(startedAt, requestEndedAt, responseStartedAt, responseEndedAt);
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
    status: Number(host.getHeaderMapValue(MapType.ResponseHeaders, ":status") ?? 0) || 0,
    ...outcome,
    durations: times.durations(now),
    responseHeaders: new FixedHeaders(responseHeaders),
  };
}

function since(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
