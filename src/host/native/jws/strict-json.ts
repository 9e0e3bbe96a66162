/** JSON objects as tokens have them: UTF-8, and every member once (RFC 7515 section 4, RFC 8725 section 2.4). */

export type JsonMembers = Readonly<Record<string, unknown>>;

const utf8 = { fatal: true, ignoreBOM: true };

/** The object, frozen at every depth; undefined for what is none, is not UTF-8, or has a member twice, at any depth. */
export function objectOf(bytes: Uint8Array): JsonMembers | undefined {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", utf8).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) && membersIn(text) === frozen(value)
    ? (value as JsonMembers)
    : undefined;
}

/** Each member of a legal text has one colon outside of strings. */
function membersIn(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, "").split(":").length - 1;
}

/** Freezes all of it, and counts its members. */
function frozen(value: object): number {
  let count = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "object" && next !== null) {
      const members: unknown[] = Object.values(Object.freeze(next));
      count += Array.isArray(next) ? 0 : members.length;
      left.push(...members);
    }
  }
  return count;
}
