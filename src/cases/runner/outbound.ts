/** Compares what reached a server with what should have. */
import type { Arrival } from "../surroundings.js";
import { bodyProblems } from "./body-matcher.js";
import type { OutboundMatcher } from "./case-file.js";
import { headerProblems, matchValue, type ValueMatcher } from "./value-matcher.js";

export function outboundProblems(arrival: Arrival, matcher: OutboundMatcher): string[] {
  const authority = arrival.headers.find(([name]) => name.toLowerCase() === "host")?.[1];
  return [
    ...valueProblems("method", arrival.method, matcher.method),
    ...valueProblems("path", arrival.path, matcher.path),
    ...valueProblems("authority", authority, matcher.authority),
    ...headerProblems(arrival.headers, matcher.headers ?? {}),
    ...(matcher.body === undefined ? [] : bodyProblems(arrival.body, matcher.body)),
    ...headerProblems(arrival.trailers, matcher.trailers ?? {}).map((problem) => `trailers: ${problem}`),
  ];
}

function valueProblems(what: string, value: string | undefined, matcher: ValueMatcher | undefined): string[] {
  return matcher === undefined || matchValue(value, matcher)
    ? []
    : [`${what}: expected ${JSON.stringify(matcher)}, got ${JSON.stringify(value)}`];
}
