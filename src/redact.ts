/** The one place that knows what a secret looks like. Everything that is logged passes through here. */

import { cutTo, isError, longestShown, read, textOf } from "./thrown.js";

const replacement = "[redacted]";
const unreadable = "[unreadable]";

/** Parts of names that say so wherever they stand, in the ways that headers, JSON and configurations spell them. */
const secretPart =
  "passw(?:or)?d|passphrase|secret|token|credential|signature|assertion|(?:api|private|access|account|signing|encryption|subscription)[-_]?key";

/** Such as `x-session-id`, `PHPSESSID`, `SAMLResponse`: at the end of a name. */
const secretEnd = "sess(?:ion)?[-_]?id|jwt|pwd|(?<![a-z])(?:pass|otp|totp)|saml(?:response|request|art)";

/** Names whose values are secrets, wherever they appear: headers, configuration keys, log fields. */
const secretName = new RegExp(
  `^(?:(?:proxy-)?authorization|(?:set-)?cookie|(?:x-)?(?:auth|session|sid)|.*(?:${secretEnd})|.*(?:${secretPart}).*)$`,
  "i",
);

/**
 * Secrets inside text. Each pattern begins with a text of its own and nothing repeated stands before it, so that the time for a text
 * grows with its length alone, whoever wrote it.
 */
const secretText: readonly { pattern: RegExp; replace: string }[] = [
  // Lines of headers. Of an authorization the scheme is no secret.
  {
    pattern: /(?<![.\w-])((?:set-)?cookie\s*:\s*|(?:proxy-)?authorization\s*:(?!\s*(?:Bearer|Basic)\s)\s*)[^\r\n]+/gi,
    replace: `$1${replacement}`,
  },
  { pattern: /\b((?:(?:Bearer|Basic|Digest|Negotiate)\s+)+)[A-Za-z0-9+/._~=-]{4,}/gi, replace: `$1${replacement}` },
  // Members of JSON, also inside a string of JSON, and of what looks like it.
  {
    pattern: new RegExp(
      `((?:${secretPart}|${secretEnd}|authorization)[\\w-]{0,20}\\\\?["']?\\s{0,8}[:=]\\s{0,8})(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|\\\\"[^"\\\\]*\\\\")`,
      "gi",
    ),
    replace: `$1"${replacement}"`,
  },
  // Queries, forms, and words with a value. Some names are such in a query only.
  {
    pattern: new RegExp(
      `([?&;#](?:key|sig|sid|auth|session|code(?!=\\d{1,3}(?!\\w)))=|(?:${secretPart}|${secretEnd})=)(?!\\[redacted\\])[^&\\s#"'<>]+`,
      "gi",
    ),
    replace: `$1${replacement}`,
  },
  // Words with a colon and what can hardly be a word.
  {
    pattern: new RegExp(`((?:${secretPart}|${secretEnd}):\\s{1,8})(?=[^\\s"',;]{0,40}\\d)[^\\s"',;]{6,}`, "gi"),
    replace: `$1${replacement}`,
  },
  { pattern: /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, replace: replacement },
  // Keys of services that begin with what they are.
  {
    pattern:
      /(?<!\w)(?:A[KS]IA[A-Z0-9]{16}|AIza[\w-]{35}|gh[opsur]_\w{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|[rs]k_(?:live|test)_\w{16,})(?![\w-])/g,
    replace: replacement,
  },
  { pattern: /:\/\/[^\s/@?#]+@/g, replace: `://${replacement}@` },
  { pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)/g, replace: replacement },
];

const maxDepth = 6;
/** Of a member. What is longer says nothing of its value, which may be a secret. */
const longestName = 1_024;
const noRoom = "[no room]";

/** Whether a value of this name must not be shown. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** The text without what looks like a secret. */
export function redactText(text: string): string {
  let result = text;
  for (const { pattern, replace } of secretText) {
    result = result.replace(pattern, replace);
  }
  return result;
}

/** Longer than what is shown, so that no secret is cut where the rest of it would tell that it is one. */
const margin = 1_024;

/** The same of a text of any length, of which it gives the beginning. */
export function redactLong(text: string): string {
  return redactUpTo(longestShown, text);
}

function redactUpTo(longest: number, text: string): string {
  const redacted = redactText(text.slice(0, longest + margin));
  return text.length <= longest + margin && redacted.length <= longest
    ? redacted
    : cutTo(longest, redacted, text.length);
}

/** What a log line has room for. However large the values are, and however often they contain each other, the work has an end. */
class Room {
  values = 1_000;
  characters = 4 * longestShown;

  text(text: string): string {
    const shown = redactUpTo(Math.min(longestShown, this.characters), text);
    this.characters -= Math.min(shown.length, this.characters);
    return shown;
  }
}

/**
 * A copy of the value, fit for a log: values under secret names are replaced, texts are searched for secrets, errors
 * become `{ name, message, code, cause }`, what has `toJSON()` becomes that, what JSON cannot hold becomes text, and what a line has no
 * room for is left out.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, new Room());
}

/** A log line must not fail over what is in it: getters, `toJSON()` and proxies may throw. */
function copy(value: unknown, depth: number, room: Room): unknown {
  try {
    return copyReadable(value, depth, room);
  } catch {
    return unreadable;
  }
}

function copyReadable(value: unknown, depth: number, room: Room): unknown {
  room.values--;
  if (typeof value === "string") {
    return room.text(value);
  }
  if (typeof value === "bigint") {
    return room.text(String(value));
  }
  if (typeof value === "function" || typeof value === "symbol") {
    return `[${typeof value}]`;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth >= maxDepth) {
    return "[deep]";
  }
  if (isError(value)) {
    return copyError(value, depth + 1, room);
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  }
  if (value instanceof Uint8Array) {
    return `[${value.length} bytes]`;
  }
  if (Array.isArray(value)) {
    return copyItems(value, depth + 1, room);
  }
  if (Symbol.iterator in value) {
    return copyMembers(entriesOf(value as Iterable<unknown>), depth + 1, room);
  }
  return hasJson(value) ? copy(value.toJSON(), depth + 1, room) : copyMembers(membersOf(value), depth + 1, room);
}

function copyError(error: Error, depth: number, room: Room): unknown {
  const code = read(error, "code");
  const cause = read(error, "cause");
  return {
    name: copy(read(error, "name"), depth, room),
    message: room.text(textOf(read(error, "message"))),
    ...(code === undefined ? {} : { code: copy(code, depth, room) }),
    ...(cause === undefined ? {} : { cause: copy(cause, depth, room) }),
  };
}

/** It says itself how it is written: a URL, or an object whose fields are nobody else's. */
function hasJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Header lists are arrays of pairs: the name of a pair decides about its value. */
function copyItems(items: readonly unknown[], depth: number, room: Room): unknown[] {
  const result: unknown[] = [];
  for (const item of items) {
    if (room.values <= 0) {
      result.push(noRoom);
      break;
    }
    const secret = Array.isArray(item) && item.length === 2 && typeof item[0] === "string" && isSecretName(item[0]);
    result.push(secret ? [item[0], replacement] : copy(item, depth, room));
  }
  return result;
}

function copyMembers(members: Iterable<readonly [string, unknown]>, depth: number, room: Room): object {
  const result: Record<string, unknown> = {};
  for (const [name, item] of members) {
    if (room.values <= 0) {
      result["…"] = noRoom;
      break;
    }
    const shown = name.slice(0, longestName);
    result[shown] = shown !== name || isSecretName(name) ? replacement : copy(item, depth, room);
  }
  return result;
}

function* membersOf(value: object): Generator<[string, unknown], void> {
  for (const name of Object.keys(value)) {
    yield [name, read(value, name)];
  }
}

/** Of a map; anything else that iterates is told as a list is. */
function* entriesOf(iterable: Iterable<unknown>): Generator<[string, unknown], void> {
  let index = 0;
  for (const item of iterable) {
    yield Array.isArray(item) && item.length === 2 ? [String(item[0]), item[1]] : [String(index), item];
    index++;
  }
}
