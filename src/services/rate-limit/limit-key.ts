/** Keys of limiters as one text. */
import type { LimitKey } from "./rate-limit.js";

/** What begins so is a list: no text of a key is taken for one. */
const mark = "\u0000";
/** A text from here on is its own text; see `textOfKey`. */
export const leastPlainKey = "\u0001";

/** Different keys give different texts: each part of a list has its length before it. A list of one text is that text. */
export function textOfKey(key: LimitKey): string {
  if (typeof key === "string") {
    return key.startsWith(mark) ? listed([key]) : key;
  }
  const [first] = key;
  return key.length === 1 && typeof first === "string" ? textOfKey(first) : listed(key);
}

function listed(parts: readonly (string | null | undefined)[]): string {
  let text = mark;
  for (const part of parts) {
    text += typeof part === "string" ? `${part.length}:${part}` : "-";
  }
  return text;
}
