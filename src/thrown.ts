/**
 * What can be told of a thrown value. It may be anything: a symbol, an object without a prototype, one whose getters throw, a
 * revoked proxy. Nothing here throws.
 */

/** The message of an error, or the text of what is none, as far as there is room for it. */
export function messageOf(thrown: unknown): string {
  return shortened(textOf(isError(thrown) ? read(thrown, "message") : thrown));
}

/** The stack of an error, as far as there is room for it; undefined where there is none. */
export function stackOf(thrown: unknown): string | undefined {
  if (!isError(thrown)) {
    return undefined;
  }
  const stack = read(thrown, "stack");
  if (typeof stack !== "string") {
    return undefined;
  }
  return stack.length <= longestShown ? stack : shortened(withoutMessage(stack, read(thrown, "message")));
}

/** V8 puts the message in front of the frames, which are what the stack is for. */
function withoutMessage(stack: string, message: unknown): string {
  const start = stack.indexOf(": ") + 2;
  return typeof message === "string" && stack.startsWith(message, start)
    ? `${stack.slice(0, start)}…${stack.slice(start + message.length)}`
    : stack;
}

/** `instanceof Error` of any value. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** `String(value)` of any value. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `[${typeof value} without a text]`;
  }
}

/** A property of an object; undefined where it cannot be read. */
export function read(object: object, name: string): unknown {
  try {
    return (object as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** Characters of a text that a log line has room for. */
export const longestShown = 8_192;

/** The beginning of a text that is too long for a log line: work on it grows with its length. */
export function shortened(text: string): string {
  return text.length <= longestShown ? text : cutTo(longestShown, text, text.length);
}

/** `text`, which is or begins one of `length` characters, in `longest` of them with the note that there were more. */
export function cutTo(longest: number, text: string, length: number): string {
  const note = `… (${length} characters)`;
  return `${text.slice(0, Math.max(0, longest - note.length))}${note}`;
}

/** Characters that a frame of a stack may have: what is longer is none, and not searched for a place. */
export const longestFrame = 1_024;
