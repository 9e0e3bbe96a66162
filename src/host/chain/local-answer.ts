/** Answers that no upstream gave: a policy's, or the chain's own. */

import { answerDetails } from "../../abi/answer-details.js";
import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import type { UpstreamFailure } from "../upstreams.js";

export interface LocalAnswer {
  /** The policy that answers; undefined for the chain itself. */
  by: string | undefined;
  status: number;
  /** Envoy's `response.code_details`. */
  details: string;
  headers: HeaderList;
  body: Uint8Array | undefined;
  /** For gRPC requests, where the policy has chosen it. */
  grpcStatus?: number | undefined;
}

/** Whether a message with this status never has a body. */
export function isBodylessStatus(status: number): boolean {
  return status === 204 || status === 304;
}

/** An answer of the chain's own: nothing in it tells the client more than its status. */
export function ownAnswer(status: number, details: string): LocalAnswer {
  return { by: undefined, status, details, headers: [], body: undefined };
}

/** The chain's answer in the place of a policy whose guest has thrown. */
export function guestFailureAnswer(policyName: string, error: unknown): LocalAnswer {
  const unavailable = error instanceof SluiceError && error.code === "MODULE_RESTARTING";
  const answer = ownAnswer(unavailable ? 503 : 500, `${answerDetails(policyName)}:policy_failed`);
  return { ...answer, by: policyName };
}

/** The chain's answer where an upstream gave no complete response. */
export function failureAnswer(failure: UpstreamFailure): LocalAnswer {
  return ownAnswer(failure === "timeout" ? 504 : 502, failureDetails[failure]);
}

/**
 * The answer's head with `:status` and true framing: the host writes `content-length`, the guest never needs to. As in Envoy, an answer
 * without a body has none before it is written to the client.
 */
export function answerHead(answer: LocalAnswer, headRequest: boolean): HeaderList {
  const { status, body } = answer;
  const headers = [":status", String(status), ...answer.headers];
  const given = firstValue(headers, "content-length");
  removeValues(headers, "content-length");
  removeValues(headers, "transfer-encoding");
  if (isBodylessStatus(status)) {
    removeValues(headers, "content-type");
  } else if (body !== undefined && body.length > 0) {
    headers.push("content-length", String(body.length));
  } else if (headRequest && given !== undefined && /^\d+$/.test(given)) {
    // The length of the body that a GET would have got.
    headers.push("content-length", given);
  }
  return headers;
}

/** The body to send after that head, undefined for none. */
export function answerBody(answer: LocalAnswer, headRequest: boolean): Uint8Array | undefined {
  const { status, body } = answer;
  return headRequest || isBodylessStatus(status) || body === undefined || body.length === 0 ? undefined : body;
}

const failureDetails: Record<UpstreamFailure, string> = {
  unreachable: "upstream_unreachable",
  reset: "upstream_reset",
  timeout: "upstream_timeout",
  "unknown-upstream": "upstream_unknown",
  "too-large": "upstream_too_large",
};
