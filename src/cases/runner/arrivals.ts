/** Compares what reached a backend in a step with what should have. */
import type { Arrival } from "../surroundings.js";
import type { CallCount, Expectations, OutboundMatcher } from "./case-file.js";
import { outboundProblems } from "./outbound.js";

type UpstreamExpectation = Expectations["upstream"] | { calls: CallCount };

export interface ArrivalExpectations {
  /** Of several requests at once no more than their number is told. */
  upstream: UpstreamExpectation;
  /** Of a service that is not named here, nothing but that its script fits. */
  services: NonNullable<Expectations["services"]>;
}

export function arrivalProblems(
  name: string,
  arrivals: readonly Arrival[],
  problems: readonly string[],
  expect: ArrivalExpectations,
): string[] {
  const found =
    name === "upstream"
      ? upstreamProblems(arrivals, expect.upstream)
      : serviceProblems(arrivals, expect.services[name]);
  return [...problems, ...found].map((problem) => `${name}: ${problem}`);
}

function upstreamProblems(arrivals: readonly Arrival[], expected: UpstreamExpectation): string[] {
  const complete = arrivals.filter((arrival) => arrival.complete);
  const seen = shown(arrivals);
  if (expected === "not-reached") {
    return arrivals.length === 0 ? [] : [`expected nothing, got ${seen}`];
  }
  if (expected === "not-completed") {
    return complete.length === 0 ? [] : [`expected no complete request, got ${seen}`];
  }
  if (typeof expected === "object" && "calls" in expected) {
    return serviceProblems(arrivals, expected);
  }
  if (typeof expected === "object" && "beginning" in expected) {
    if (arrivals.length !== 1 || !arrivals[0]!.broken) {
      return [`expected one request that is broken off, got ${seen}`];
    }
    return outboundProblems(arrivals[0]!, expected.beginning);
  }
  if (complete.length !== 1 || arrivals.length !== 1) {
    return [`expected one complete request, got ${seen}`];
  }
  return expected === "reached" ? [] : outboundProblems(complete[0]!, expected);
}

function serviceProblems(
  arrivals: readonly Arrival[],
  expected: ArrivalExpectations["services"][string] | undefined,
): string[] {
  if (expected === undefined) {
    return [];
  }
  const { calls, saw } = expected;
  const complete = arrivals.filter((arrival) => arrival.complete);
  const count = countIs(complete.length, calls)
    ? []
    : [`calls: expected ${JSON.stringify(calls)}, got ${complete.length}`];
  const matchers = saw === undefined ? [] : isList(saw) ? saw : complete.map(() => saw);
  return [
    ...count,
    ...matchers.flatMap((matcher, index) => {
      const arrival = complete[index];
      return arrival === undefined ? [`call ${index + 1} is missing`] : outboundProblems(arrival, matcher);
    }),
  ];
}

function shown(arrivals: readonly Arrival[]): string {
  return (
    arrivals.map(({ method, path, complete }) => `${method} ${path}${complete ? "" : " (not complete)"}`).join(", ") ||
    "nothing"
  );
}

function isList(saw: OutboundMatcher | readonly OutboundMatcher[]): saw is readonly OutboundMatcher[] {
  return Array.isArray(saw);
}

function countIs(count: number, expected: CallCount): boolean {
  if (typeof expected === "number") {
    return count === expected;
  }
  return count >= (expected.min ?? 0) && count <= (expected.max ?? Infinity);
}
