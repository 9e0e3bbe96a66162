/** The response that a test gets, and what happened on the way to it. */
import type { Authentication } from "../services/authentication/authentication.js";
import type { Violation } from "../services/violations/index.js";
import { headerLines, headerRecord } from "./headers.js";
import type { LogLine } from "./log-line.js";
import { joined } from "./message-body.js";
import type { ReceivedRequest } from "./received-request.js";
import type { TestDownstream } from "./test-downstream.js";
import type { TraceEvent } from "./trace.js";

/** What happened in an exchange. */
export interface ExchangeRecord {
  /** By what its log lines are known: their field `request`. */
  readonly requestId: string;
  /** How it came to the response: `via_upstream`, `local_reply:<policy>`, `upstream_timeout` … as in the access log; undefined until it is over. */
  readonly details: string | undefined;
  /** What the route's upstream got; undefined when the request did not reach it. */
  readonly upstream: ReceivedRequest | undefined;
  /** The violation that a policy reported last; undefined for none. */
  readonly violation: Violation | undefined;
  /** Who the caller is, as policies said by `setAuthentication()`; undefined where none did. */
  readonly authentication: Authentication | undefined;
  /** Lines that policies wrote about it. */
  readonly log: readonly LogLine[];
  /** On the test's clock, from its beginning to its end, or until now. */
  readonly durationMilliseconds: number;
  /** The policy that broke the request off when the upstream had seen its beginning. */
  readonly partialRequestBy: string | undefined;
  /** What happened, in order. */
  readonly trace: readonly TraceEvent[];
}

/** The web's `Response`, with what the web does not tell. */
export interface TestResponse extends Response {
  /** By name; empty without trailers. */
  readonly trailers: Readonly<Record<string, string>>;
  /** What happened on the way to it. */
  readonly exchange: ExchangeRecord;
}

/** The response that a client got. */
export function testResponse(downstream: TestDownstream, exchange: ExchangeRecord): TestResponse {
  const { status, headers, chunks, trailers } = downstream;
  // The web knows no body with these, not even an empty one.
  const bodyless = status === 204 || status === 205 || status === 304;
  const response = new Response(bodyless ? null : joined(chunks), {
    status,
    headers: headerLines(headers).map(([name, value]) => [name, value]),
  });
  return Object.assign(response, { trailers: headerRecord(trailers), exchange });
}
