/** What a peer on a connection knows of messages. */
import type { Pairs } from "../runner/value-matcher.js";

/** A response to it carries no body, whatever its head says. */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** What a peer on a connection would not forgive. */
export function lengthProblems(headers: Pairs, bytes: number): string[] {
  const lengths = headers.filter(([name]) => name === "content-length").map(([, value]) => value);
  return lengths.every((length) => length === String(bytes)) && lengths.length <= 1
    ? []
    : [`content-length ${lengths.join(", ")} for ${bytes} bytes`];
}
