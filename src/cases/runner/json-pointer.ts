/** JSON pointers (RFC 6901). */

function segments(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** undefined where there is nothing. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const segment of segments(pointer)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

/** A copy in which the value there, if there is one, is replaced; `undefined` removes it. */
export function withValueAt(document: unknown, pointer: string, replacement: unknown): unknown {
  const copy = structuredClone(document);
  const path = segments(pointer);
  const last = path.pop();
  const parent = valueAt(copy, path.map((segment) => `/${segment}`).join(""));
  if (last === undefined || typeof parent !== "object" || parent === null || !Object.hasOwn(parent, last)) {
    return copy;
  }
  if (replacement === undefined) {
    Reflect.deleteProperty(parent, last);
  } else {
    (parent as Record<string, unknown>)[last] = replacement;
  }
  return copy;
}
