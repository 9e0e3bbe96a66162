/** What happened in an exchange, in order. */
import { DataStatus, HeadersStatus } from "../abi/constants.js";
import type { RunningPolicy, StreamGuest } from "../host/policy-runtime.js";
import type { PolicyStream } from "../host/stream-hostcalls.js";

/** One thing that happened. */
export interface TraceEvent {
  /** Milliseconds since the exchange began, on the test's clock. */
  readonly at: number;
  /** A policy's name, `client`, or `upstream <name>`. */
  readonly who: string;
  /** What it got, or did: `request headers GET /room`, `response body 5 bytes, end`. */
  readonly what: string;
  /** What a policy made of it. */
  readonly answer?: "passes on" | "holds";
}

/** Takes what happens in one exchange. */
export interface TraceSink {
  event(who: string, what: string, answer?: TraceEvent["answer"]): void;
  /** A policy is about to see the exchange: its stream's properties can be set. */
  opened(stream: PolicyStream): void;
  /** A policy has seen the last of it: its stream's properties can be read. */
  closing(stream: PolicyStream): void;
}

/** As lines of text, for people. */
export function showTrace(events: readonly TraceEvent[]): string {
  const width = Math.max(0, ...events.map(({ who }) => who.length));
  return events
    .map(
      ({ at, who, what, answer }) =>
        `${String(at).padStart(6)} ms  ${who.padEnd(width)}  ${what}${answer === undefined ? "" : `: ${answer}`}`,
    )
    .join("\n");
}

/** A policy whose events are noted, by the exchanges that they belong to. */
export function traced(policy: RunningPolicy, sinkOf: (stream: PolicyStream) => TraceSink | undefined): RunningPolicy {
  const { guest } = policy;
  const sinks = new Map<number, TraceSink>();
  const note = (id: number, what: string, passes: boolean) => {
    sinks.get(id)?.event(policy.name, what, passes ? "passes on" : "holds");
  };
  const head = (half: string, event: StreamGuest["onRequestHeaders"]) =>
    event &&
    ((id: number, count: number, end: boolean) => {
      const answer = event.call(guest, id, count, end);
      note(id, `${half} headers${end ? ", end" : ""}`, answer === HeadersStatus.Continue);
      return answer;
    });
  const body = (half: string, event: StreamGuest["onRequestBody"]) =>
    event &&
    ((id: number, size: number, end: boolean) => {
      const answer = event.call(guest, id, size, end);
      note(id, `${half} body ${size} bytes${end ? ", end" : ""}`, answer === DataStatus.Continue);
      return answer;
    });
  const trailers = (half: string, event: StreamGuest["onRequestTrailers"]) =>
    event &&
    ((id: number, count: number) => {
      const answer = event.call(guest, id, count);
      note(id, `${half} trailers`, answer === 0);
      return answer;
    });
  const events: { [Name in keyof StreamGuest]: StreamGuest[Name] | undefined } = {
    onContextCreate: (id, parent) => {
      const stream = policy.contexts.get(id);
      const sink = stream && sinkOf(stream);
      if (sink !== undefined) {
        sinks.set(id, sink);
        sink.opened(stream as PolicyStream);
      }
      guest.onContextCreate(id, parent);
    },
    onRequestHeaders: head("request", guest.onRequestHeaders),
    onRequestBody: body("request", guest.onRequestBody),
    onRequestTrailers: trailers("request", guest.onRequestTrailers),
    onResponseHeaders: head("response", guest.onResponseHeaders),
    onResponseBody: body("response", guest.onResponseBody),
    onResponseTrailers: trailers("response", guest.onResponseTrailers),
    onLog:
      guest.onLog &&
      ((id) => {
        guest.onLog?.(id);
      }),
    onDone: (id) => {
      const stream = policy.contexts.get(id);
      if (stream !== undefined) {
        sinks.get(id)?.closing(stream);
      }
      sinks.delete(id);
      return guest.onDone?.(id) ?? true;
    },
    onDelete:
      guest.onDelete &&
      ((id) => {
        guest.onDelete?.(id);
      }),
  };
  const wrapped = Object.fromEntries(
    Object.entries(events).filter(([, event]) => event !== undefined),
  ) as unknown as StreamGuest;
  return {
    name: policy.name,
    guest: wrapped,
    contexts: policy.contexts,
    failsOpen: policy.failsOpen,
    close: () => policy.close(),
  };
}
