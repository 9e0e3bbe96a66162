import { isError, read, shortened, stackOf, textOf } from "../../thrown.js";

/** The text of a thrown value for the log: the error, its stack, and its causes. It throws for no value. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error, depth = 0; current !== undefined && depth < 5; depth++) {
    if (!isError(current)) {
      parts.push(shortened(typeof current === "string" ? current : asJson(current)));
      break;
    }
    parts.push(`${shortened(textOf(current))}\n${shortened(stackOf(current) ?? "")}`.trimEnd());
    current = read(current, "cause");
  }
  return parts.join("\ncaused by: ");
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? textOf(value);
  } catch {
    return textOf(value);
  }
}
