/** What a peer on a connection knows of messages. */
import type { Pairs } from "../runner/value-matcher.js";

/** What a peer on a connection would not forgive. */
export function lengthProblems(headers: Pairs, bytes: number): string[] {
  const lengths = headers.filter(([name]) => name === "content-length").map(([, value]) => value);
  return lengths.every((length) => length === String(bytes)) && lengths.length <= 1
    ? []
    : [`content-length ${lengths.join(", ")} for ${bytes} bytes`];
}
