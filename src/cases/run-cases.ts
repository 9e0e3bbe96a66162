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
      partialRequests: testCase.partialRequests ?? file.partialRequests ?? "allow",
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
  if (variants.some(({ file }) => file.services.some(({ at }) => at === undefined))) {
    return undefined;
  }
  const started = variants.filter(
    ({ file, testCase }) => testCase.start !== "error" && lacking(engine, file, testCase).length === 0,
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
  const opened = await openUnlessRefused(engine, [variant]);
  if (opened instanceof ConfigRefused) {
    return variant.testCase.start === "error" ? [] : [`the policy refuses this configuration: ${opened.message}`];
  }
  // An engine that starts nevertheless must answer as the steps say.
  return problemsOf(opened.stages[0]!, () => runAndClose(opened, variant.testCase.steps, asWritten));
}

async function runOn(stage: Stage, { testCase }: Variant): Promise<string[]> {
  return problemsOf(stage, () => runSteps(stage, testCase.steps, asWritten));
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

/** With what policies logged meanwhile, which often is the reason. */
async function problemsOf(stage: Stage, run: () => Promise<unknown>): Promise<string[]> {
  const logged = stage.log().length;
  try {
    await run();
    return [];
  } catch (error) {
    const lines = stage
      .log()
      .slice(logged)
      .filter(({ level }) => ["warn", "error", "critical"].includes(level));
    return [(error as Error).message, ...lines.map((line) => `log, ${shownLine(line)}`)];
  }
}
