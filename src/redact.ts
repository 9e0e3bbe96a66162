/** The one place that knows what a secret looks like. Everything that is logged passes through here. */

import { messageOf } from "./thrown.js";

const replacement = "[redacted]";
const unreadable = "[unreadable]";

/** Names whose values are secrets, wherever they appear: headers, configuration keys, log fields. */
const secretName =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|api-?key|.*(?:password|passwd|passphrase|secret|token|credential|private-?key|client-?assertion).*)$/i;

/** Secrets inside text: credentials of headers, JSON Web Tokens, user info and secret queries of URLs, members of JSON. */
const secretText = [
  { pattern: /\b((?:set-)?cookie\s*:\s*)[^\r\n]+/gi, replace: `$1${replacement}` },
  {
    pattern:
      /("[^"]*(?:token|secret|passw(?:or)?d|passphrase|credential|api-?key|api_key|private-?key|authorization)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    replace: `$1"${replacement}"`,
  },
  { pattern: /\b((?:(?:Bearer|Basic|Digest|Negotiate)\s+)+)[A-Za-z0-9+/._~=-]{4,}/gi, replace: `$1${replacement}` },
  { pattern: /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, replace: replacement },
  { pattern: /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@?#]+@/gi, replace: `$1${replacement}@` },
  {
    pattern:
      /([?&](?:[\w.-]*(?:token|secret|passw(?:or)?d|passphrase|credential|signature|api-?key|api_key|assertion)|sig)=)[^&\s#"'<>]+/gi,
    replace: `$1${replacement}`,
  },
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
    return redactText(value);
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
      message: redactText(messageOf(value)),
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
