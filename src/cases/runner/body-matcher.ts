/** Matchers of whole bodies. */
import { isDeepStrictEqual } from "node:util";
import { valueAt, withValueAt } from "./json-pointer.js";
import { type Payload, payloadBytes } from "./payload.js";
import { matchValue, type ValueMatcher } from "./value-matcher.js";

export type BodyMatcher =
  | string
  | { empty: true }
  | JsonMatcher
  | { contains: string }
  | { lacks: string }
  | { matches: string }
  | { bytes: Payload }
  | { form: Readonly<Record<string, string>> }
  | { all_of: readonly BodyMatcher[] }
  | { one_of: readonly BodyMatcher[] };

/** Nothing, or one line that says what is wrong. */
export function bodyProblems(body: Buffer, matcher: BodyMatcher): string[] {
  return matchBody(body, matcher)
    ? []
    : [`body: expected ${shortened(JSON.stringify(matcher))}, got ${describeBody(body)}`];
}

function matchBody(body: Buffer, matcher: BodyMatcher): boolean {
  if (typeof matcher === "string") {
    return body.equals(Buffer.from(matcher));
  }
  if ("empty" in matcher) {
    return body.length === 0;
  }
  if ("bytes" in matcher) {
    return body.equals(payloadBytes(matcher.bytes));
  }
  if ("all_of" in matcher) {
    return matcher.all_of.every((part) => matchBody(body, part));
  }
  if ("one_of" in matcher) {
    return matcher.one_of.some((alternative) => matchBody(body, alternative));
  }
  const text = body.toString();
  if ("contains" in matcher) {
    return text.includes(matcher.contains);
  }
  if ("lacks" in matcher) {
    return !text.includes(matcher.lacks);
  }
  if ("matches" in matcher) {
    return new RegExp(matcher.matches).test(text);
  }
  if ("form" in matcher) {
    return isDeepStrictEqual([...new URLSearchParams(text)].sort(), Object.entries(matcher.form).sort());
  }
  if ("json" in matcher || "json_subset" in matcher || "at" in matcher) {
    return matchJson(text, matcher);
  }
  throw new Error(`the runner has no body matcher ${Object.keys(matcher).join()}`);
}

type JsonMatcher =
  | { json: unknown; ignore?: readonly string[] }
  | { json_subset: unknown }
  | { at: Readonly<Record<string, ValueMatcher>> };

function matchJson(text: string, matcher: JsonMatcher): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if ("at" in matcher) {
    return Object.entries(matcher.at).every(([pointer, expected]) => matchValue(valueAt(value, pointer), expected));
  }
  if ("json_subset" in matcher) {
    return isSubset(matcher.json_subset, value);
  }
  const without = (document: unknown) =>
    (matcher.ignore ?? []).reduce((rest, pointer) => withValueAt(rest, pointer, undefined), document);
  return isDeepStrictEqual(without(value), without(matcher.json));
}

/** Members of objects may be missing in `part`, at any depth; everything else is equal. */
function isSubset(part: unknown, whole: unknown): boolean {
  if (typeof part !== "object" || part === null || Array.isArray(part)) {
    return isDeepStrictEqual(part, whole);
  }
  if (typeof whole !== "object" || whole === null) {
    return false;
  }
  const members = whole as Record<string, unknown>;
  return Object.entries(part).every(([name, value]) => Object.hasOwn(members, name) && isSubset(value, members[name]));
}

function describeBody(body: Buffer): string {
  return `${body.length} bytes ${shortened(JSON.stringify(body.toString()))}`;
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 100)}…${text.slice(-100)}` : text;
}
