/**
 * What can be told of a thrown value. It may be anything: a symbol, an object without a prototype, one whose getters throw, a
 * revoked proxy. Nothing here throws.
 */

/** The message of an error, or the text of what is none. */
export function messageOf(thrown: unknown): string {
  return textOf(isError(thrown) ? read(thrown, "message") : thrown);
}

/** The stack of an error; undefined where there is none. */
export function stackOf(thrown: unknown): string | undefined {
  const stack = isError(thrown) ? read(thrown, "stack") : undefined;
  return typeof stack === "string" ? stack : undefined;
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
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}… (${text.length} characters)`;
}
