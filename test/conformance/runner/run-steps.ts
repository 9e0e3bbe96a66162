/** Does the steps of a case one after the other and says what was not as it must be. */
import { setTimeout as delay } from "node:timers/promises";
import { CaseClient, type ClientResponse } from "../http1/client.js";
import type { LogLine } from "../engine.js";
import type { Arrival, ScriptedServer } from "../http1/scripted-server.js";
import { bodyProblems } from "./body-matcher.js";
import { milliseconds, type CallCount, type Expectations, type OutboundMatcher, type Step } from "./case-file.js";
import { outboundProblems } from "./outbound.js";
import type { Splitting } from "./splitting.js";
import type { Stage } from "./stage.js";
import { headerProblems } from "./value-matcher.js";

const logLimitMilliseconds = 5_000;
const logPollMilliseconds = 10;

/**
 * Returns a check of what reached the servers, to be done once more when the stage is closed and nothing can come any more.
 * Rejects with all that is wrong with the first step that failed.
 */
export async function runSteps(stage: Stage, steps: readonly Step[], splitting: Splitting): Promise<() => void> {
  const client = new CaseClient(stage.engine.port);
  const later: (() => string[])[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      const arrived = await runStep(stage, client, step, splitting, index === steps.length - 1);
      later.push(() => arrived().map((problem) => `step ${index + 1}, in the end: ${problem}`));
    }
  } finally {
    client.close();
  }
  return () => report(later.flatMap((problems) => problems()));
}

async function runStep(
  stage: Stage, client: CaseClient, step: Step, splitting: Splitting, last: boolean,
): Promise<() => string[]> {
  const unmatched: string[] = [];
  const watched = [...stage.servers].map(([name, server]) => {
    const before = server.arrivals.length;
    server.script(step.backends?.[name] ?? [], splitting, (arrival, { match }) => {
      unmatched.push(...outboundProblems(arrival, match ?? {}).map((problem) => `call of ${name}: ${problem}`));
    });
    return { name, server, arrivals: () => server.arrivals.slice(before) };
  });
  const logged = stage.engine.log().length;
  const begin = performance.now();
  const response = await client.exchange(step.request, splitting, last);
  const elapsed = performance.now() - begin;

  const taken = watched.map(({ name, server, arrivals }) => ({ name, server, arrivals: arrivals() }));
  const { expect } = step;
  const problems = [
    ...responseProblems(response, expect),
    ...elapsedProblems(elapsed, expect),
    ...taken.flatMap(({ name, server, arrivals }) => arrivalProblems(name, server, arrivals, expect)),
    ...unmatched,
    ...taken.flatMap(({ name, server: { unused } }) => (unused > 0 ? [`${name}: ${unused} scripted answers were not used`] : [])),
    ...(await logProblems(() => stage.engine.log().slice(logged), expect.log ?? [])),
  ];
  report(problems);
  return () => taken.flatMap(({ name, server, arrivals }) => arrivalProblems(name, server, arrivals, expect));
}

function report(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function responseProblems(response: ClientResponse, expect: Expectations): string[] {
  const { status } = expect;
  const right = typeof status === "number" ? response.status === status : status.one_of.includes(response.status);
  return [
    ...(right ? [] : [`status: expected ${JSON.stringify(status)}, got ${response.status}`]),
    ...headerProblems(response.headers, expect.headers ?? {}),
    ...(expect.body === undefined ? [] : bodyProblems(response.body, expect.body)),
  ];
}

function elapsedProblems(elapsed: number, { elapsed: { min, max } = {} }: Expectations): string[] {
  const early = min !== undefined && elapsed < milliseconds(min);
  const late = max !== undefined && elapsed > milliseconds(max);
  return early || late ? [`elapsed: expected ${min ?? "0s"} to ${max ?? "any"}, got ${Math.round(elapsed)} ms`] : [];
}

function arrivalProblems(
  name: string, server: ScriptedServer, arrivals: readonly Arrival[], expect: Expectations,
): string[] {
  const problems = server.problems.map((problem) => `${name}: ${problem}`);
  const complete = arrivals.filter((arrival) => arrival.complete);
  if (name === "upstream") {
    problems.push(...upstreamProblems(arrivals, complete, expect.upstream));
  } else {
    const { calls, saw } = expect.services?.[name] ?? { calls: 0 };
    if (!countIs(complete.length, calls)) {
      problems.push(`${name}: expected ${JSON.stringify(calls)} calls, got ${complete.length}`);
    }
    const matchers = saw === undefined ? [] : isList(saw) ? saw : complete.map(() => saw);
    problems.push(...matchers.flatMap((matcher, index) => {
      const arrival = complete[index];
      return arrival === undefined ? [`${name}: call ${index + 1} is missing`] : outboundProblems(arrival, matcher);
    }));
  }
  return problems;
}

function isList(saw: OutboundMatcher | readonly OutboundMatcher[]): saw is readonly OutboundMatcher[] {
  return Array.isArray(saw);
}

function upstreamProblems(
  arrivals: readonly Arrival[], complete: readonly Arrival[], expected: Expectations["upstream"],
): string[] {
  const seen = `${complete.length} complete requests and ${arrivals.length - complete.length} beginnings`;
  if (expected === "not-reached") return arrivals.length === 0 ? [] : [`upstream: expected nothing, got ${seen}`];
  if (expected === "not-completed") return complete.length === 0 ? [] : [`upstream: expected no complete request, got ${seen}`];
  if (complete.length !== 1 || arrivals.length !== 1) return [`upstream: expected one complete request, got ${seen}`];
  return expected === "reached" ? [] : outboundProblems(complete[0]!, expected).map((problem) => `upstream: ${problem}`);
}

function countIs(count: number, expected: CallCount): boolean {
  if (typeof expected === "number") return count === expected;
  return count >= (expected.min ?? 0) && count <= (expected.max ?? Infinity);
}

/** Each entry needs a line of its own; lines may come later than the response. */
async function logProblems(lines: () => readonly LogLine[], expected: NonNullable<Expectations["log"]>): Promise<string[]> {
  const missing = () => {
    const rest = [...lines()];
    return expected.filter(({ level, contains }) => {
      const index = rest.findIndex((line) => (level === undefined || line.level === level) && line.text.includes(contains));
      if (index >= 0) rest.splice(index, 1);
      return index < 0;
    });
  };
  for (const end = performance.now() + logLimitMilliseconds; missing().length > 0 && performance.now() < end; ) {
    await delay(logPollMilliseconds);
  }
  return missing().map((entry) => `log: no line ${JSON.stringify(entry)} among ${JSON.stringify(lines())}`);
}
