/** The errors for who changes a message that has moved on. */
import { SluiceError } from "../errors.js";
import { requestContextHints } from "../policy/elsewhere.js";

/** `call` was to change the head after `consumer`. */
export function headMovedOn(call: string, consumer: string, message: "request" | "response"): SluiceError {
  return new SluiceError(
    "STATE_CONSUMED",
    `${call} after ${consumer}: the ${message}'s head can no longer be changed.${cure(consumer, message)}`,
  );
}

/** `sendResponse()` after `consumer`; undefined: after `intoHeadersBodyState()`. */
export function responseMovedOn(consumer: string | undefined): SluiceError {
  return new SluiceError(
    "STATE_CONSUMED",
    consumer === undefined
      ? "sendResponse() after intoHeadersBodyState(): change status, headers and body (setBody) of what it gave instead."
      : `sendResponse() after ${consumer}.${cure(consumer, "response")}`,
  );
}

/** The head was to be read for the first time when it had gone on. */
export function headGone(message: "request" | "response"): SluiceError {
  return new SluiceError(
    "STATE_CONSUMED",
    `The ${message}'s head has gone on: read it before the filter ends, or hand it on by Flow.Continue().`,
  );
}

/** The request was asked for by a filter that has it, or under a name that the compiler did not find. */
export function requestNotKept(): SluiceError {
  // oxlint-disable-next-line typescript/no-deprecated -- its text is meant, not the member
  const hint = requestContextHints.request;
  return new SluiceError(
    "WRONG_MEMBER",
    `A filter's context has no request yet: ${hint}. In onResponse and onDone it is there where the policy's code names it: context.request or { request }.`,
  );
}

function cure(consumer: string, message: "request" | "response"): string {
  if (!consumer.startsWith("intoBody")) {
    return "";
  }
  const parts = message === "request" ? "head and body" : "status, headers and body (setBody)";
  return ` Await intoHeadersBodyState() instead: ${parts} can then be changed.`;
}
