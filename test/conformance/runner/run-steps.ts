/** Does the steps of a case one after the other and says what was not as it must be. */
import { becomes } from "../http1/wait.js";
import type { LogLine } from "../engine.js";
import type { Arrival, Backend, Client, ClientOutcome } from "../surroundings.js";
import { arrivalProblems } from "./arrivals.js";
import { bodyProblems } from "./body-matcher.js";
import { milliseconds, type Expectations, type Step } from "./case-file.js";
import { outboundProblems } from "./outbound.js";
import { progressOf } from "./progress.js";
import type { Splitting } from "./splitting.js";
import type { Stage } from "./stage.js";
import { headerProblems } from "./value-matcher.js";

/**
 * Returns a check of what reached the backends, to be done once more when the stage is closed and nothing can come any more.
 * Rejects with all that is wrong with the first step that failed.
 */
export async function runSteps(stage: Stage, steps: readonly Step[], splitting: Splitting): Promise<() => void> {
  const client = stage.client();
  const later: (() => string[])[] = [];
  try {
    for (const [index, step] of steps.entries()) {
      const arrived = await runStep(stage, client, step, splitting, { last: index === steps.length - 1, before: steps[index - 1] });
      later.push(() => arrived().map((problem) => `step ${index + 1}, in the end: ${problem}`));
    }
  } finally {
    client.close();
  }
  return () => {
    report(later.flatMap((problems) => problems()));
  };
}

/** What a backend has seen in this step. */
interface Watched {
  name: string;
  backend: Backend;
  arrivals(): readonly Arrival[];
  problems(): readonly string[];
}

async function runStep(
  stage: Stage, client: Client, step: Step, splitting: Splitting, { last, before }: { last: boolean; before: Step | undefined },
): Promise<() => string[]> {
  const { expect } = step;
  // The beginning of a request that was broken off in the step before may reach its backend only now.
  const stragglers = before?.expect.upstream === "not-completed" && !(typeof expect.upstream === "object" && "beginning" in expect.upstream);
  const unmatched: string[] = [];
  const watched = [...stage.backends].map(([name, backend]): Watched => {
    const [arrivals, problems] = [backend.arrivals.length, backend.problems.length];
    return {
      name, backend,
      arrivals: () => backend.arrivals.slice(arrivals).filter(({ broken }) => !(stragglers && broken)),
      problems: () => backend.problems.slice(problems),
    };
  });
  const logged = stage.log().length;
  const lines = () => stage.log().slice(logged);
  const progress = progressOf({ client, arrivals: watched.find(({ name }) => name === "upstream")!.arrivals, lines });
  for (const { name, backend } of watched) {
    await backend.script({
      exchanges: step.backends?.[name] ?? [], splitting, progress,
      onAnswered: (arrival, { match }) => {
        unmatched.push(...outboundProblems(arrival, match ?? {}).map((problem) => `call of ${name}: ${problem}`));
      },
    });
  }
  const outcome = await client.exchange(step.request, { splitting, last, progress });

  // Lines, and beginnings of requests that are broken off, may come later than the response.
  const arrived = () => watched.flatMap(({ name, arrivals, problems }) => arrivalProblems(name, arrivals(), problems(), expect));
  const late = () => [...logProblems(lines(), expect.log ?? []), ...arrived()];
  await becomes(() => late().length === 0);
  report([
    ...responseProblems(outcome, expect),
    ...elapsedProblems(outcome.elapsedMilliseconds, expect),
    ...late(),
    ...unmatched,
    ...watched.flatMap(({ name, backend: { unused } }) => (unused > 0 ? [`${name}: ${unused} scripted answers were not used`] : [])),
  ]);
  const until = watched.map(({ name, arrivals, problems }) => ({ name, arrivals: arrivals(), problems }));
  return () => until.flatMap(({ name, arrivals, problems }) => arrivalProblems(name, arrivals, problems(), expect));
}

function report(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function responseProblems(outcome: ClientOutcome, { response = "complete", status, headers, body, trailers }: Expectations): string[] {
  const right = status === undefined || (typeof status === "number" ? outcome.status === status : status.one_of.includes(outcome.status));
  return [
    ...(outcome.end === response ? [] : [`response: expected ${response}, got ${outcome.end}`]),
    ...(right ? [] : [`status: expected ${JSON.stringify(status)}, got ${outcome.status}`]),
    ...headerProblems(outcome.headers, headers ?? {}),
    ...(body === undefined ? [] : bodyProblems(outcome.body, body)),
    ...headerProblems(outcome.trailers, trailers ?? {}).map((problem) => `trailers: ${problem}`),
  ];
}

function elapsedProblems(elapsed: number, { elapsed: { min, max } = {} }: Expectations): string[] {
  const early = min !== undefined && elapsed < milliseconds(min);
  const late = max !== undefined && elapsed > milliseconds(max);
  return early || late ? [`elapsed: expected ${min ?? "0s"} to ${max ?? "any"}, got ${Math.round(elapsed)} ms`] : [];
}

/** Each entry needs a line of its own. */
function logProblems(lines: readonly LogLine[], expected: NonNullable<Expectations["log"]>): string[] {
  const rest = [...lines];
  const missing = expected.filter(({ level, contains }) => {
    const index = rest.findIndex((line) => (level === undefined || line.level === level) && line.text.includes(contains));
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
  return missing.map((entry) => `log: no line ${JSON.stringify(entry)} among ${JSON.stringify(lines)}`);
}
