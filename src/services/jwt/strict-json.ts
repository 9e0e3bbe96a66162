/** JSON objects as tokens have them: UTF-8, and every member once (RFC 7515 section 4, RFC 8725 section 2.4). */

export type JsonMembers = Readonly<Record<string, unknown>>;

const utf8 = { fatal: true, ignoreBOM: true };

/** The object; undefined for what is none, is not UTF-8, or has a member twice, at any depth. */
export function objectOf(bytes: Uint8Array): JsonMembers | undefined {
  try {
    return parsedObject(new TextDecoder("utf-8", utf8).decode(bytes));
  } catch {
    return undefined;
  }
}

/** The same of a text; throws what the parser throws. */
export function parsedObject(text: string): JsonMembers | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined;
  }
  // Most are written as a writer would write what was read, which a text with a member twice is not. Else members are counted.
  return JSON.stringify(value) === text || membersIn(text) === membersOf(value) ? (value as JsonMembers) : undefined;
}

/** Each member of a legal text has one colon outside of strings. */
function membersIn(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, "").split(":").length - 1;
}

function membersOf(value: object): number {
  let count = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "object" && next !== null) {
      const members: unknown[] = Object.values(next);
      count += Array.isArray(next) ? 0 : members.length;
      left.push(...members);
    }
  }
  return count;
}
