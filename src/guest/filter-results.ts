/** What filters return, hand on and throw, as far as it decides how an exchange goes on. */
import { SluiceError } from "../errors.js";
import { UnreadableBodyError } from "../policy/unreadable-body.js";
import { isError, read } from "../thrown.js";

/** Whether the response filter may reach the request's head by this data: not where it is a record of plain values. */
export function mayLeadToHead(data: unknown): boolean {
  if (!isReference(data)) {
    return false;
  }
  try {
    if (Object.getPrototypeOf(data) !== Object.prototype) {
      return true;
    }
    for (const name in data) {
      if (isReference((data as Record<string, unknown>)[name])) {
        return true;
      }
    }
    return false;
  } catch {
    // A proxy, or a getter: it may lead anywhere.
    return true;
  }
}

function isReference(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** The policy has answered in both filters: its first answer is one that it wanted. */
export function isAnswerTwice(error: unknown): boolean {
  return isError(error) && error instanceof SluiceError && error.code === "ALREADY_ANSWERED";
}

/**
 * The code of the error, where the filter of this phase did not catch that its own message's body is not what it reads. `instanceof` alone
 * throws for some values.
 */
export function unreadableBody(error: unknown, phase: "request" | "response"): UnreadableBodyError["code"] | undefined {
  return isError(error) && error instanceof UnreadableBodyError && error.of === phase ? error.code : undefined;
}

/** What a value is, for the message of an error. */
export function describe(value: unknown): string {
  // Not the value itself, which may be what nobody should read in a log.
  if (typeof value !== "object" || value === null) {
    return value === undefined || value === null ? String(value) : `a ${typeof value}`;
  }
  const constructor = read(value, "constructor");
  const name = typeof constructor === "function" ? read(constructor, "name") : undefined;
  return typeof name !== "string" || name === "Object" ? "an object" : `a ${name}`;
}
