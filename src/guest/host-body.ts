/** The body as the host has it. */
import { Status } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import type { BodyMessage } from "./body-message.js";
import { noBytes } from "./bytes.js";

/** All there are. */
export const maxBytes = 0xffff_ffff;

/** Of which message the body is. */
type BodyOwner = Pick<BodyMessage, "owner" | "direction">;

export function readBody({ owner, direction }: BodyOwner, start: number, length: number): Uint8Array {
  return length === 0 ? noBytes : (owner.host().getBufferBytes(direction.body, start, length) ?? noBytes);
}

/** Replaces `length` bytes, which are all. */
export function setBody(message: BodyOwner, length: number, bytes: Uint8Array): void {
  write(message, 0, length, bytes);
}

/** Adds to what lies in the buffer. */
export function addToBody(message: BodyOwner, bytes: Uint8Array): void {
  write(message, maxBytes, 0, bytes);
}

function write({ owner, direction }: BodyOwner, start: number, length: number, bytes: Uint8Array): void {
  const status = owner.host().setBufferBytes(direction.body, start, length, bytes);
  if (status !== Status.Ok) {
    throw new SluiceError(
      "BODY_NOT_EDITABLE",
      `The host refused to set the ${direction.name}'s body (status ${status}).`,
    );
  }
}

/** Chunks under `StopIterationAndWatermark` are not visible in this event; they will be once it is answered. */
export function isHidden(before: number, accumulated: boolean): boolean {
  return before > 0 && !accumulated;
}

export function notEditable({ direction }: BodyMessage, call: string): SluiceError {
  return new SluiceError(
    "BODY_NOT_EDITABLE",
    `${call}: the ${direction.name} ended in trailers, and what came of its body before can no longer be changed.`,
  );
}
