/** The one place that knows what a secret looks like. Everything that is logged passes through here. */

import { longestShown, messageOf, shortened } from "./thrown.js";

const replacement = "[redacted]";
const unreadable = "[unreadable]";

/** Parts of names that say so wherever they stand, in the ways that headers, JSON and configurations spell them. */
const secretPart =
  "passw(?:or)?d|passphrase|secret|token|credential|signature|assertion|(?:api|private|access|account|signing|encryption|subscription)[-_]?key";

/** Such as `x-session-id`, `PHPSESSID`, `SAMLResponse`: at the end of a name. */
const secretEnd = "sess(?:ion)?[-_]?id|jwt|pwd|saml(?:response|request|art)";

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
  { pattern: /:\/\/[^\s/@?#]+@/g, replace: `://${replacement}@` },
  { pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)/g, replace: replacement },
];

const maxDepth = 6;
/** Of anything that iterates: a log line is no place for more, and some never end. */
const maxItems = 1000;

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
const longestSearched = longestShown + 1_024;

/** The same of a text of any length, of which it gives the beginning. */
export function redactLong(text: string): string {
  const redacted = redactText(text.slice(0, longestSearched));
  return text.length <= longestSearched
    ? shortened(redacted)
    : `${redacted.slice(0, longestShown)}… (${text.length} characters)`;
}

/**
 * A copy of the value, fit for a log: values under secret names are replaced, texts are searched for secrets, errors
 * become `{ name, message, code, cause }`, what has `toJSON()` becomes that, what JSON cannot hold becomes text.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0);
}

/** A log line must not fail over what is in it: getters, `toJSON()` and proxies may throw. */
function copy(value: unknown, depth: number): unknown {
  try {
    return copyReadable(value, depth);
  } catch {
    return unreadable;
  }
}

function copyReadable(value: unknown, depth: number): unknown {
  if (typeof value === "string") {
    return redactLong(value);
  }
  if (typeof value === "bigint") {
    return String(value);
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
  if (value instanceof Error) {
    const { code, cause } = value as { code?: unknown; cause?: unknown };
    return {
      name: copy(value.name, depth + 1),
      message: redactLong(messageOf(value)),
      ...(code === undefined ? {} : { code: copy(code, depth + 1) }),
      ...(cause === undefined ? {} : { cause: copy(cause, depth + 1) }),
    };
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  }
  if (value instanceof Uint8Array) {
    return `[${value.length} bytes]`;
  }
  if (Array.isArray(value)) {
    return value.map((item) => copyItem(item, depth + 1));
  }
  if (!(Symbol.iterator in value) && hasJson(value)) {
    return copy(value.toJSON(), depth + 1);
  }
  const entries = Symbol.iterator in value ? fromIterable(value as Iterable<unknown>) : Object.entries(value);
  const result: Record<string, unknown> = {};
  for (const [name, item] of entries) {
    result[name] = isSecretName(name) ? replacement : copy(item, depth + 1);
  }
  return result;
}

/** It says itself how it is written: a URL, or an object whose fields are nobody else's. */
function hasJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Header lists are arrays of pairs: the name of a pair decides about its value. */
function copyItem(item: unknown, depth: number): unknown {
  if (Array.isArray(item) && item.length === 2 && typeof item[0] === "string" && isSecretName(item[0])) {
    return [item[0], replacement];
  }
  return copy(item, depth);
}

function fromIterable(iterable: Iterable<unknown>): [string, unknown][] {
  const entries: [string, unknown][] = [];
  let index = 0;
  for (const item of iterable) {
    if (Array.isArray(item) && item.length === 2) {
      entries.push([String(item[0]), item[1]]);
    } else {
      entries.push([String(index), item]);
    }
    if (++index === maxItems) {
      break;
    }
  }
  return entries;
}
