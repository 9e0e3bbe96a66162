/** What becomes of a request that asks to go on. */
import { Response } from "../../policy/response.js";

/** It may go on. */
export interface Admitted {
  /** Yes. */
  readonly admitted: true;
  /** Milliseconds that it has waited for it. */
  readonly waited: number;
}

/** It may not. */
export interface Refused {
  /** No. */
  readonly admitted: false;
  /** Milliseconds after which it is worth while to ask again; Infinity: never. */
  readonly retryAfter: number;
  /**
   * The answer to the client, with `retry-after`: 429 (RFC 6585 section 4) where too many have come in a time, 503 (RFC 9110 section 15.6.4)
   * where too many are inside, which none of them has to answer for. Its body is the problem (RFC 9457) that
   * draft-ietf-httpapi-ratelimit-headers has for it.
   */
  response(): Response;
}

/** What becomes of a request: look at `admitted`. */
export type Admission = Admitted | Refused;

export const atOnce: Admitted = { admitted: true, waited: 0 };

export type Problem = readonly [status: number, type: string, title: string];

export const quotaExceeded: Problem = [
  429,
  "quota-exceeded",
  "Request cannot be satisfied as assigned quota has been exceeded",
];

export const reducedCapacity: Problem = [
  503,
  "temporary-reduced-capacity",
  "Request cannot be satisfied due to temporary server capacity constraints",
];

export function refusal([status, type, title]: Problem, retryAfter: number): Refused {
  return {
    admitted: false,
    retryAfter,
    response: () =>
      new Response(JSON.stringify({ type: `https://iana.org/assignments/http-problem-types#${type}`, title, status }), {
        status,
        headers: [
          ["content-type", "application/problem+json"],
          // In whole seconds (RFC 9110 section 10.2.3): who comes back a little late is not refused again.
          ...(retryAfter === Number.POSITIVE_INFINITY
            ? []
            : [["retry-after", String(Math.max(1, Math.ceil(retryAfter / 1_000)))] as const]),
        ],
      }),
  };
}
