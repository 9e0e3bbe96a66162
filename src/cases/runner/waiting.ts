/** How long cases take where time passes by itself. */
import { type Case, messagesOf, milliseconds, type Step } from "./case-file.js";

/** In milliseconds, as far as the case says so. */
export function waitingTime({ steps }: Case): number {
  return steps.reduce((sum, step) => sum + waitOf(step), 0);
}

function waitOf(step: Step): number {
  if ("advance" in step) {
    return milliseconds(step.advance);
  }
  const replies = Object.values(messagesOf(step).backends)
    .flat()
    .map(({ reply }) => reply);
  const delays = replies.map((reply) =>
    "status" in reply && reply.delay !== undefined ? milliseconds(reply.delay) : 0,
  );
  const { elapsed } = "parallel" in step ? step.parallel.expect : step.expect;
  return Math.max(
    elapsed?.min === undefined ? 0 : milliseconds(elapsed.min),
    delays.reduce((sum, delay) => sum + delay, 0),
  );
}
