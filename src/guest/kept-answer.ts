/** Answers of a policy that are always the same. */
import { BreakFlow } from "../policy/flow.js";
import { Response } from "../policy/response.js";

/**
 * A place in a policy that makes answers, with the last of them and the parts of which it was made. The compiler puts it there; see
 * `compiler/kept-answers.ts`.
 */
export class KeptAnswer {
  /** The answer that is kept. */
  answer: object | undefined = undefined;
  /** The one that was made now. */
  made: unknown = undefined;
  a: unknown = undefined;
  b: unknown = undefined;
  c: unknown = undefined;
  d: unknown = undefined;

  /** Gives the answer that was made of these parts, and keeps it if they can be compared: what an object holds may change. */
  keep(a?: unknown, b?: unknown, c?: unknown, d?: unknown): unknown {
    const made = constant(this.made);
    if (made === undefined || !isValue(a) || !isValue(b) || !isValue(c) || !isValue(d)) {
      return this.made;
    }
    this.answer = made;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    return made;
  }
}

/** The same answer, as one that never changes; undefined for what is none of the kit's. */
function constant(made: unknown): object | undefined {
  if (made instanceof BreakFlow) {
    return isAnswer(made.response) ? Object.freeze(new BreakFlow(made.response)) : undefined;
  }
  return isAnswer(made) ? made : undefined;
}

/** An answer of the kit, not of a class that extends its own. */
function isAnswer(value: unknown): value is Response {
  return value instanceof Response && Object.getPrototypeOf(value) === Response.prototype;
}

function isValue(value: unknown): boolean {
  return typeof value !== "object" && typeof value !== "function";
}
