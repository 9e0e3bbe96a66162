/** The one suite: every case on one engine, under both ways of handling partial requests, with bodies cut in several ways. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigRefused, type Engine } from "../../src/cases/engine.js";
import { type Case, type CaseFile, messagesOf, type Step } from "../../src/cases/runner/case-file.js";
import { contentLength, contentOf } from "../../src/cases/runner/payload.js";
import { runAndClose } from "../../src/cases/runner/run-and-close.js";
import { runSteps } from "../../src/cases/runner/run-steps.js";
import { asWritten, type Splitting } from "../../src/cases/runner/splitting.js";
import { openStages, type Variant } from "../../src/cases/runner/stage.js";
import { waitingTime } from "../../src/cases/runner/waiting.js";
import { caseFileNames, isReadyPolicy, readCaseFile } from "./case-files.js";
import { ChecksWhenClosed } from "./checks-when-closed.js";
import { skipReason } from "./fidelity.js";
import { underPrevent } from "./prevent.js";
import { allAtOnce, atRandom, eachByteAlone, inTwoAt, offsetsOf } from "./splittings.js";
import { type Run, remembers, StagePool } from "./stage-pool.js";

export interface SuiteOptions {
  /** Which of the case files; default all. */
  files?: readonly string[];
  /** Which of their cases; default all. */
  cases?: (file: CaseFile, testCase: Case) => boolean;
  /** Whether the cases of the catalogue's policies are cut in every way, too. */
  splitsReadyPolicies?: boolean;
  /**
   * How bodies are cut: in every way, which is the default; byte by byte, beside as they are written; or not at all. The last two are for
   * engines that share with others what the cuts try. They also run a case whose requests have no bodies under one way of handling partial
   * requests alone, which is then the same as the other.
   */
  cuts?: keyof typeof plans;
}

const modes = ["allow", "prevent"] as const;

/** Set the variable to the seed that a test's name tells, to see the same pieces again. */
const seed = Number(process.env["CONFORMANCE_SEED"] ?? Math.floor(Math.random() * 1_000_000));

/** So many files share one start of an engine that is slow to start. */
const filesOfStart = 8;

/** Files whose requests come while policies are configured, which is when the engine has just started: they share no start with others. */
const fromTheStart = ["configuring"];

/** A case that waits so long is worth to be run beside others. */
const longMilliseconds = 500;

/** A case that is run, in every way that makes a difference. */
interface Planned extends Variant {
  runs: readonly Run[];
  /** Cut in two, at several offsets: one test. */
  inTwo: readonly Run[];
}

interface PlannedFile {
  file: CaseFile;
  variants: readonly Variant[];
  planned: readonly Planned[];
}

export function conformance(engine: Engine, options: SuiteOptions = {}): void {
  const files = (options.files ?? caseFileNames()).map(readCaseFile);
  const waiting: Planned[] = [];
  const plannedFiles: PlannedFile[] = [];

  for (const file of files) {
    const variants = file.cases.flatMap((testCase, index) =>
      options.cases?.(file, testCase) === false
        ? []
        : modesOf(testCase, index, options.cuts ?? "every").map(
            (partialRequests): Variant => ({ file, testCase, partialRequests }),
          ),
    );
    const runnable = variants.filter(
      ({ testCase }) => testCase.start === undefined && skipReason(engine, file, testCase) === undefined,
    );
    const slow = runnable.filter(
      ({ testCase }) => engine.longestWait !== undefined && waitingTime(testCase) >= longMilliseconds,
    );
    // Splitting tries the kit. Of the catalogue's policies one engine does it for all.
    const plan =
      options.splitsReadyPolicies !== true && isReadyPolicy(file.policy) ? planOne : plans[options.cuts ?? "every"];
    const planned = runnable.filter((variant) => !slow.includes(variant)).map(plan);
    waiting.push(...slow.map(planOne));
    const others = variants.filter((variant) => !slow.includes(variant));
    if (others.length > 0) {
      plannedFiles.push({ file, variants: others, planned });
    }
  }
  const isAlone = ({ file }: PlannedFile): boolean => fromTheStart.includes(file.policy);
  for (const file of plannedFiles.filter(isAlone)) {
    runFiles(engine, [file]);
  }
  const others = plannedFiles.filter((file) => !isAlone(file));
  const together = engine.shared ? filesOfStart : 1;
  for (let first = 0; first < others.length; first += together) {
    runFiles(engine, others.slice(first, first + together));
  }
  if (waiting.length > 0) {
    describe.concurrent("cases that wait, at the same time", () => {
      runWaiting(engine, waiting);
    });
  }
}

/** Of cases without bodies each mode has about a half. */
function modesOf(testCase: Case, index: number, cuts: keyof typeof plans): readonly (typeof modes)[number][] {
  if (testCase.partialRequests !== undefined) {
    return [testCase.partialRequests];
  }
  return cuts === "every" || hasRequestBodies(testCase) ? modes : [modes[index % modes.length]!];
}

function runFiles(engine: Engine, files: readonly PlannedFile[]): void {
  const runs = files.flatMap(({ planned }) => planned).flatMap((each) => [...each.runs, ...each.inTwo]);
  const pool = new StagePool(
    engine,
    runs.filter((run) => shares(engine, run)),
  );
  const [first, ...others] = files.map(({ file }) => file.policy);
  const closed = new ChecksWhenClosed();
  describe(`${first}${others.length > 0 ? ` to ${others.at(-1)}` : ""}`, () => {
    afterAll(async () => {
      await pool.close();
      closed.run();
    });
    for (const { file, variants, planned } of files) {
      const run = () => {
        runFile(engine, pool, variants, planned, closed);
      };
      if (others.length > 0) {
        describe(file.policy, run);
      } else {
        run();
      }
    }
  });
}

/**
 * Starting takes longer than a case. Where it takes least, which is where time is the engine's own, a case as it is written has an engine to
 * itself once.
 */
function shares(engine: Engine, run: Run): boolean {
  const { testCase, partialRequests, splitting } = run;
  const isFirst = partialRequests === (testCase.partialRequests ?? modes[0]);
  const alone = engine.longestWait === undefined && splitting === asWritten && isFirst;
  return engine.shared || (!alone && !remembers(run) && !losesConnections(testCase));
}

function runFile(
  engine: Engine,
  pool: StagePool,
  variants: readonly Variant[],
  planned: readonly Planned[],
  closed: ChecksWhenClosed,
): void {
  const go = async (run: Run) => {
    if (shares(engine, run)) {
      const check = await runSteps(await pool.stage(run), stepsOf(run), run.splitting);
      // Where it is slow to start, the upstream may have got more of what a client has broken off by then.
      if (!engine.shared) {
        closed.add(run, check);
      }
    } else {
      await runAlone(engine, run);
    }
  };

  const used = modes.filter((mode) => variants.some(({ partialRequests }) => partialRequests === mode));
  describe.each(used)("partialRequests: %s", (mode) => {
    for (const variant of variants.filter(({ partialRequests }) => partialRequests === mode)) {
      const { file, testCase } = variant;
      const reason = skipReason(engine, file, testCase);
      if (reason !== undefined) {
        it.skip(`${testCase.name} [${reason}]`);
      } else if (testCase.start !== undefined) {
        it(testCase.name, async () => {
          const refusal = await runAlone(engine, { ...variant, splitting: asWritten }).catch((error: unknown) => error);
          expect(refusal).toBeInstanceOf(ConfigRefused);
          expect((refusal as ConfigRefused).message).toContain(testCase.start?.error);
        });
      } else {
        const { runs, inTwo } = planned.find((each) => each.testCase === testCase && each.partialRequests === mode)!;
        for (const run of runs) {
          it(`${testCase.name}, ${run.splitting.name}`, () => go(run));
        }
        if (inTwo.length > 0) {
          // Some hundred exchanges, where a case has many steps.
          it(`${testCase.name}, in two`, { timeout: 120_000 }, async () => {
            for (const run of inTwo) {
              await go(run).catch((error: unknown) => {
                throw new Error(`${run.splitting.name}: ${(error as Error).message}`, { cause: error });
              });
            }
          });
        }
      }
    }
  });
}

/** All stages are open before the first case begins: starting one would take the time that another one measures. */
function runWaiting(engine: Engine, planned: readonly Planned[]): void {
  const pool = new StagePool(
    engine,
    planned.flatMap(({ runs }) => runs),
  );
  beforeAll(async () => {
    await pool.open();
  });
  afterAll(() => pool.close());
  for (const run of planned.flatMap(({ runs }) => runs)) {
    const { file, testCase, partialRequests } = run;
    it(`${file.policy}, partialRequests: ${partialRequests}: ${testCase.name}`, async () => {
      await runSteps(await pool.stage(run), stepsOf(run), run.splitting);
    });
  }
}

function planOne(variant: Variant): Planned {
  return { ...variant, runs: [{ ...variant, splitting: asWritten }], inTwo: [] };
}

function planFew(variant: Variant): Planned {
  const { runs } = planAll(variant);
  return {
    ...variant,
    runs: runs.filter(({ splitting }) => [asWritten, eachByteAlone].includes(splitting)),
    inTwo: [],
  };
}

/** Only a case with bodies can tell one splitting from another. */
function planAll(variant: Variant): Planned {
  const lengths = bodyLengths(variant.testCase);
  if (lengths.length === 0) {
    return planOne(variant);
  }
  const run = (splitting: Splitting): Run => ({ ...variant, splitting });
  return {
    ...variant,
    runs: [asWritten, eachByteAlone, allAtOnce, atRandom(seed)].map(run),
    inTwo: offsetsOf(lengths, seed).map((offset) => run(inTwoAt(offset))),
  };
}

const plans = { every: planAll, bytes: planFew, none: planOne };

/** A request may be sent once more when a connection is lost that others had used before: such a case needs new ones. */
function losesConnections({ steps }: Case): boolean {
  return steps.some((step) =>
    Object.values(messagesOf(step).backends)
      .flat()
      .some(({ reply }) => "fail" in reply),
  );
}

function hasRequestBodies({ steps }: Case): boolean {
  return steps.some((step) => messagesOf(step).requests.some((request) => contentOf(request) !== undefined));
}

function bodyLengths({ steps }: Case): number[] {
  const messages = steps.flatMap((step) => {
    const { requests, backends } = messagesOf(step);
    return [
      ...requests,
      ...Object.values(backends)
        .flat()
        .map(({ reply }) => reply)
        .filter((reply) => "status" in reply),
    ];
  });
  return messages
    .map((message) => contentOf(message))
    .flatMap((content) => (content === undefined ? [] : [contentLength(content)]));
}

function stepsOf({ file, testCase, partialRequests }: Variant): readonly Step[] {
  const pinned = testCase.partialRequests !== undefined;
  return testCase.steps.map((step) => {
    const changed = partialRequests === "prevent" && !pinned && "request" in step;
    return changed ? { ...step, expect: underPrevent(file, step.expect) } : step;
  });
}

async function runAlone(engine: Engine, run: Run): Promise<void> {
  await runAndClose(await openStages(engine, [run]), stepsOf(run), run.splitting);
}
