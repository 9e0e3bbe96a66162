/** A body that a filter sets: whether it can, and how long it is for those who get it. */
import { EditKind } from "../abi/header-edits.js";
import { SluiceError } from "../errors.js";
import { noBody } from "../policy/response.js";
import type { BodyMessage } from "./body-message.js";

/**
 * The bytes to send.
 * @throws SluiceError `RESPONSE_BODY`, `SET_BODY_TOO_LARGE`, `NO_BODY`
 */
export function newBody(message: BodyMessage, call: string, body: string | Uint8Array): Uint8Array {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw noBody(call, body);
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const { direction, owner } = message;
  const { setBodyLimit } = owner.settings;
  if (bytes.length > setBodyLimit) {
    throw new SluiceError(
      "SET_BODY_TOO_LARGE",
      `${call}: expected at most ${setBodyLimit} bytes for the ${direction.name}'s body, got ${bytes.length}.`,
    );
  }
  if (!message.containsBody && !message.contentForbidden) {
    throw new SluiceError(
      "NO_BODY",
      direction.name === "request"
        ? `${call}: the request has no body that could be replaced.`
        : `${call}: the response came without a body, and hosts do not let one be added; answer with response.sendResponse() before the filter moves on.`,
    );
  }
  return bytes;
}

/**
 * The head says how long the body is. undefined: it does not, as trailers need chunks (RFC 9112 section 7.1.2), and of what is not sent
 * it would be another's length (RFC 9110 section 8.6).
 */
export function announceLength(message: BodyMessage, length: number | undefined): void {
  if (length === undefined) {
    message.ofHead().record(EditKind.Delete, "content-length", "");
  } else {
    message.ofHead().record(EditKind.Set, "content-length", String(length));
  }
}
