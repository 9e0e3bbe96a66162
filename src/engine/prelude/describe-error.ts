/** The text of a thrown value for the log: the error, its stack, and its causes. */
export function describeError(error: unknown): string {
  // What QuickJS throws when there is no room for an error either.
  if (error === null) {
    return "out of memory";
  }
  const parts: string[] = [];
  for (let current: unknown = error, depth = 0; current !== undefined && depth < 5; depth++) {
    if (!(current instanceof Error)) {
      parts.push(typeof current === "string" ? current : (JSON.stringify(current) ?? typeof current));
      break;
    }
    parts.push(`${String(current)}\n${current.stack ?? ""}`.trimEnd());
    current = current.cause;
  }
  return parts.join("\ncaused by: ");
}
