/** Reading a value of which nothing is certain. */

export function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** The list under a key; empty when there is none. */
export function listAt(value: unknown, key: string): unknown[] {
  const list = property(value, key);
  return Array.isArray(list) ? (list as unknown[]) : [];
}
