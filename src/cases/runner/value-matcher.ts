/** Matchers of header values and JSON values. */
import { isDeepStrictEqual } from "node:util";
import { joinedValue } from "../../abi/header-list.js";

export type ValueMatcher =
  | string
  | number
  | boolean
  | { absent: true }
  | { present: true }
  | { matches: string }
  | { contains: string }
  | { one_of: readonly ValueMatcher[] }
  /** Headers only: exactly these lines. */
  | { values: readonly string[] };

export type Pairs = readonly (readonly [name: string, value: string])[];

export type HeaderMatchers = Readonly<Record<string, ValueMatcher>>;

/** `value` undefined: there is none. */
export function matchValue(value: unknown, matcher: ValueMatcher): boolean {
  if (typeof matcher !== "object") {
    return isDeepStrictEqual(value, matcher);
  }
  if ("absent" in matcher) {
    return value === undefined;
  }
  if ("present" in matcher) {
    return value !== undefined;
  }
  if ("matches" in matcher) {
    return typeof value === "string" && new RegExp(matcher.matches).test(value);
  }
  if ("contains" in matcher) {
    return typeof value === "string" && value.includes(matcher.contains);
  }
  if ("one_of" in matcher) {
    return matcher.one_of.some((alternative) => matchValue(value, alternative));
  }
  throw new Error("values is for headers");
}

/** The headers that are not as they must be, one line each. */
export function headerProblems(headers: Pairs, matchers: HeaderMatchers): string[] {
  return Object.entries(matchers).flatMap(([name, matcher]) => {
    const lines = headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return matchHeader(name.toLowerCase(), lines, matcher)
      ? []
      : [
          `header ${name}: expected ${JSON.stringify(matcher)}, got ${lines.length === 0 ? "none" : JSON.stringify(lines)}`,
        ];
  });
}

function matchHeader(name: string, lines: readonly string[], matcher: ValueMatcher): boolean {
  if (typeof matcher === "object" && "values" in matcher) {
    return isDeepStrictEqual(lines, matcher.values);
  }
  if (typeof matcher === "object" && "one_of" in matcher) {
    return matcher.one_of.some((alternative) => matchHeader(name, lines, alternative));
  }
  return matchValue(lines.length === 0 ? undefined : joinedValue(name, lines), matcher);
}
