/** Runs the cases of a file as they are written, each on policies of its own. */
import { ConfigRefused, type Engine } from "./engine.js";
import type { Case, CaseFile } from "./runner/case-file.js";
import { lacking } from "./runner/lacking.js";
import { runAndClose } from "./runner/run-and-close.js";
import { runSteps } from "./runner/run-steps.js";
import { shownLine } from "./runner/shown-line.js";
import { asWritten } from "./runner/splitting.js";
import { type OpenStages, openStages, type Stage, type Variant } from "./runner/stage.js";

export interface CaseOutcome {
  name: string;
  /** Of the file, where the case begins. From 1. */
  line: number;
  /** What the engine lacks for it; empty where it was run. */
  lacking: readonly string[];
  /** What was not as it must be; empty where it has passed. */
  problems: readonly string[];
}

/**
 * Tells of each case when it is over, in their order. The policies of an engine that is slow to start are started together.
 *
 * @throws SluiceError what keeps the policies from being started, other than that one refuses its configuration
 */
export async function runCases(
  engine: Engine,
  file: CaseFile,
  onOutcome: (outcome: CaseOutcome) => void,
): Promise<void> {
  const variants = file.cases.map(
    (testCase): Variant => ({
      file,
      testCase,
      partialRequests: testCase.partialRequests ?? file.partialRequests ?? "prevent",
    }),
  );
  const together = engine.shared ? await openTogether(engine, variants) : undefined;
  try {
    for (const [index, variant] of variants.entries()) {
      const { name } = variant.testCase;
      const missing = lacking(engine, file, variant.testCase);
      const stage = together?.stages.get(variant.testCase);
      const problems =
        missing.length > 0 ? [] : stage === undefined ? await runAlone(engine, variant) : await runOn(stage, variant);
      onOutcome({ name, line: file.lines[index]!, lacking: missing, problems });
    }
  } finally {
    await together?.close();
  }
}

interface Together {
  stages: ReadonlyMap<Case, Stage>;
  close(): Promise<void>;
}

/**
 * undefined where that cannot be: because cases call services by their names, or one of the configurations is refused, and each
 * case has to show by itself whether it is the one.
 */
async function openTogether(engine: Engine, variants: readonly Variant[]): Promise<Together | undefined> {
  if (variants.some(({ file }) => file.services.some(({ at, unknown }) => at === undefined && unknown !== true))) {
    return undefined;
  }
  const started = variants.filter(
    ({ file, testCase }) => testCase.start === undefined && lacking(engine, file, testCase).length === 0,
  );
  if (started.length === 0) {
    return undefined;
  }
  const opened = await openUnlessRefused(engine, started);
  if (opened instanceof ConfigRefused) {
    return undefined;
  }
  return {
    stages: new Map(started.map(({ testCase }, index) => [testCase, opened.stages[index]!])),
    close: () => opened.close(),
  };
}

async function runAlone(engine: Engine, variant: Variant): Promise<string[]> {
  const { start } = variant.testCase;
  const opened = await openUnlessRefused(engine, [variant]);
  if (opened instanceof ConfigRefused) {
    const { message } = opened;
    if (start === undefined) {
      return [`the policy refuses this configuration: ${message}`];
    }
    return message.includes(start.error)
      ? []
      : [`start: expected an error with ${JSON.stringify(start.error)}, got ${message}`];
  }
  if (start !== undefined) {
    await opened.close();
    return [`start: expected an error with ${JSON.stringify(start.error)}, but the policy takes this configuration`];
  }
  return problemsOf(opened.stages[0]!, variant.testCase, ({ steps }) => runAndClose(opened, steps, asWritten));
}

async function runOn(stage: Stage, { testCase }: Variant): Promise<string[]> {
  return problemsOf(stage, testCase, ({ steps }) => runSteps(stage, steps, asWritten));
}

async function openUnlessRefused(engine: Engine, variants: readonly Variant[]): Promise<OpenStages | ConfigRefused> {
  try {
    return await openStages(engine, variants);
  } catch (error) {
    if (error instanceof ConfigRefused) {
      return error;
    }
    throw error;
  }
}

/** With what policies have logged since they were started, which often is the reason. */
async function problemsOf(stage: Stage, testCase: Case, run: (testCase: Case) => Promise<unknown>): Promise<string[]> {
  try {
    await run(testCase);
    return unexpectedFailures(stage, testCase);
  } catch (error) {
    const lines = stage.log().filter(({ level }) => ["warn", "error", "critical"].includes(level));
    return [(error as Error).message, ...lines.map((line) => `log, ${shownLine(line)}`)];
  }
}

/** A policy that is not configured answers 503, which may be what a case expects of it for another reason. */
function unexpectedFailures(stage: Stage, { steps }: Case): string[] {
  const code = "CONFIGURE_FAILED";
  const expected = steps.some(
    (step) => !("parallel" in step) && step.expect?.log?.some(({ contains }) => contains.includes(code)) === true,
  );
  const failures = stage.log().filter(({ message }) => message.startsWith(code));
  return expected ? [] : failures.map((line) => `no step expects this line: ${shownLine(line)}`);
}
