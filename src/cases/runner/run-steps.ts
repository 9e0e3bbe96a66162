/** Does the steps of a case one after the other and says what was not as it must be. */
import { becomes } from "../http1/wait.js";
import type { Backend, Client, ClientOutcome, Progress } from "../surroundings.js";
import type { ArrivalExpectations } from "./arrivals.js";
import { bodyProblems } from "./body-matcher.js";
import {
  type AdvanceStep,
  type Backends,
  type Elapsed,
  type Expectations,
  milliseconds,
  type ParallelStep,
  type RequestStep,
  type Step,
} from "./case-file.js";
import { progressOf } from "./progress.js";
import type { Splitting } from "./splitting.js";
import type { Stage } from "./stage.js";
import { StepWatch } from "./step-watch.js";
import { headerProblems, type Pairs } from "./value-matcher.js";

/**
 * Returns a check of what reached the backends, to be done once more when the stage is closed and nothing can come any more.
 * Rejects with all that is wrong with the first step that failed.
 */
export async function runSteps(stage: Stage, steps: readonly Step[], splitting: Splitting): Promise<() => void> {
  const client = stage.client();
  const later: (() => string[])[] = [];
  // Cases that follow each other may share backends.
  const upstream = stage.backends.get("upstream")!;
  const before = lastSteps.get(upstream);
  lastSteps.set(upstream, steps.at(-1));
  try {
    for (const [index, step] of steps.entries()) {
      const watch = new StepWatch(
        stage,
        leavesStragglers(index === 0 ? before : steps[index - 1]) && !expectsBeginning(step),
        backendsWhileTimePasses(steps[index + 1]),
      );
      const done =
        "advance" in step
          ? letTimePass(stage, watch, step, splitting)
          : "parallel" in step
            ? sendAtOnce(stage, watch, step, splitting)
            : sendOne(stage, client, watch, step, splitting, index === steps.length - 1);
      const expected = steps.length === 1 ? await done : await done.catch((error: unknown) => failStep(index, error));
      watch.end();
      const arrived = watch.arrivalProblemsLater(expected);
      later.push(() => arrived().map((problem) => `step ${index + 1}, in the end: ${problem}`));
    }
  } finally {
    client.close();
  }
  return () => {
    report(later.flatMap((problems) => problems()));
  };
}

function failStep(index: number, error: unknown): never {
  throw new Error((error as Error).message.replace(/^(?! )/gm, `step ${index + 1}: `), { cause: error });
}

/** The last step that each backend took part in. */
const lastSteps = new WeakMap<Backend, Step | undefined>();

function leavesStragglers(before: Step | undefined): boolean {
  return before !== undefined && "request" in before && before.expect.upstream === "not-completed";
}

function expectsBeginning(step: Step): boolean {
  return "request" in step && typeof step.expect.upstream === "object" && "beginning" in step.expect.upstream;
}

async function sendOne(
  stage: Stage,
  client: Client,
  watch: StepWatch,
  { request, backends = {}, expect }: RequestStep,
  splitting: Splitting,
  last: boolean,
): Promise<ArrivalExpectations> {
  const progress = progressOf({ client, arrivals: () => watch.upstreamArrivals(), lines: () => watch.lines() });
  await watch.begin(backends, splitting, progress);
  const outcome = await client.exchange(request, { splitting, last, progress });

  const expected = { upstream: expect.upstream, services: expect.services ?? {} };
  await settle(
    stage,
    watch,
    expected,
    () => [
      ...watch.logProblems(expect.log ?? []),
      ...forwardedProblems(watch.recorded("forwarded", outcome.requestId), expect.forwarded),
      ...violationProblems(watch.recorded("violation", outcome.requestId), expect.violation),
    ],
    [...responseProblems(outcome, expect), ...elapsedProblems(outcome.elapsedMilliseconds, expect.elapsed, stage)],
  );
  return expected;
}

async function letTimePass(
  stage: Stage,
  watch: StepWatch,
  step: AdvanceStep,
  splitting: Splitting,
): Promise<ArrivalExpectations> {
  const { advance, backends = {}, expect = {} } = step;
  await watch.begin(backends, splitting, noProgress);
  await stage.advance(milliseconds(advance));
  const expected = { upstream: "not-reached", services: expect.services ?? {} } as const;
  await settle(stage, watch, expected, () => watch.logProblems(expect.log ?? []));
  return expected;
}

async function sendAtOnce(
  stage: Stage,
  watch: StepWatch,
  { parallel }: ParallelStep,
  splitting: Splitting,
): Promise<ArrivalExpectations> {
  const { requests, backends = {}, expect } = parallel;
  await watch.begin(backends, splitting, noProgress);
  const outcomes = await Promise.all(
    requests.flatMap(({ times, request }) =>
      Array.from({ length: times }, async () => {
        const client = stage.client();
        try {
          return await client.exchange(request, { splitting, last: true, progress: noProgress });
        } finally {
          client.close();
        }
      }),
    ),
  );

  const expected = { upstream: { calls: expect.upstream_calls }, services: {} };
  await settle(stage, watch, expected, () => [], [
    ...statusProblems(outcomes, expect.statuses),
    ...elapsedProblems(
      Math.max(...outcomes.map(({ elapsedMilliseconds }) => elapsedMilliseconds)),
      expect.elapsed,
      stage,
    ),
  ]);
  return expected;
}

function backendsWhileTimePasses(step: Step | undefined): Backends {
  return step !== undefined && "advance" in step ? (step.backends ?? {}) : {};
}

/** Nothing in such a step waits for another thing. */
const noProgress: Progress = { reached: () => false };

/**
 * Waits for what may come later than the responses (lines, beginnings of requests that are broken off) and reports all problems. Where
 * time does not pass by itself, nothing comes later.
 */
async function settle(
  { realTime }: Stage,
  watch: StepWatch,
  expected: ArrivalExpectations,
  more: () => string[],
  known: readonly string[] = [],
): Promise<void> {
  const late = () => [...more(), ...watch.arrivalProblems(expected)];
  if (realTime) {
    await becomes(() => late().length === 0);
  }
  report([...known, ...late(), ...watch.scriptProblems()]);
}

function report(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
}

function responseProblems(
  outcome: ClientOutcome,
  { response = "complete", status, headers, body, trailers }: Expectations,
): string[] {
  const right =
    status === undefined ||
    (typeof status === "number" ? outcome.status === status : status.one_of.includes(outcome.status));
  return [
    ...(outcome.end === response ? [] : [`response: expected ${response}, got ${outcome.end}`]),
    ...(right ? [] : [`status: expected ${JSON.stringify(status)}, got ${outcome.status}`]),
    ...headerProblems(outcome.headers, headers ?? {}),
    ...(body === undefined ? [] : bodyProblems(outcome.body, body)),
    ...headerProblems(outcome.trailers, trailers ?? {}).map((problem) => `trailers: ${problem}`),
  ];
}

function statusProblems(
  outcomes: readonly ClientOutcome[],
  expected: ParallelStep["parallel"]["expect"]["statuses"],
): string[] {
  const counts: Record<string, number> = {};
  for (const { status } of outcomes) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  const statuses = new Set([...Object.keys(counts), ...Object.keys(expected)]);
  return [...statuses]
    .filter((status) => (counts[status] ?? 0) !== (expected[status] ?? 0))
    .map((status) => `status ${status}: expected ${expected[status] ?? 0} times, got ${counts[status] ?? 0}`);
}

/** In milliseconds: a machine that is busy takes longer than it should, and its clocks do not all tick at the same time. */
const tolerance = { early: 5, late: 5_000 };

function elapsedProblems(elapsed: number, { min, max }: Elapsed = {}, { realTime }: Stage): string[] {
  const early = min !== undefined && elapsed < milliseconds(min) - (realTime ? tolerance.early : 0);
  const late = max !== undefined && elapsed > milliseconds(max) + (realTime ? tolerance.late : 0);
  return early || late ? [`elapsed: expected ${min ?? "0s"} to ${max ?? "any"}, got ${Math.round(elapsed)} ms`] : [];
}

function forwardedProblems(headers: unknown, expected: Expectations["forwarded"]): string[] {
  if (expected === undefined) {
    return [];
  }
  if (headers === undefined) {
    return ["forwarded: nothing came to the end of the chain"];
  }
  return headerProblems(headers as Pairs, expected.headers).map((problem) => `forwarded: ${problem}`);
}

function violationProblems(reported: unknown, expected: boolean | undefined): string[] {
  return expected === undefined || reported === expected
    ? []
    : [`violation: expected ${String(expected)}, got ${String(reported)}`];
}
