/** The one suite: every case on one engine, under both ways of handling partial requests, with bodies cut in every way. */
import { afterAll, describe, expect, it } from "vitest";
import { ConfigRefused, type Engine } from "./engine.js";
import { skipReason } from "./fidelity.js";
import { caseFileNames, checkSupported, readCaseFile, type Case, type CaseFile, type Step } from "./runner/case-file.js";
import { contentLength, contentOf } from "./runner/payload.js";
import { underPrevent } from "./runner/prevent.js";
import { runSteps } from "./runner/run-steps.js";
import { allAtOnce, asWritten, atRandom, eachByteAlone, inTwoAt, offsetsOf, type Splitting } from "./runner/splitting.js";
import { StagePool } from "./runner/stage-pool.js";
import { openStages, type Variant } from "./runner/stage.js";

export interface SuiteOptions {
  /** Which of the case files; default all. */
  files?: readonly string[];
}

const modes = ["allow", "prevent"] as const;

/** Set the variable to the seed that a test's name tells, to see the same pieces again. */
const seed = Number(process.env["CONFORMANCE_SEED"] ?? Math.floor(Math.random() * 1_000_000));

export function conformance(engine: Engine, options: SuiteOptions = {}): void {
  const files = (options.files ?? caseFileNames()).map(readCaseFile);

  describe.each(files)("$policy", (file) => {
    const variants = file.cases.flatMap((testCase) =>
      modes
        .filter((mode) => testCase.partialRequests === undefined || testCase.partialRequests === mode)
        .map((partialRequests): Variant => ({ testCase, partialRequests })),
    );
    const runnable = variants.filter(({ testCase }) => testCase.start !== "error" && skipReason(engine, file, testCase) === undefined);
    const pool = new StagePool(engine, file, runnable);
    afterAll(() => pool.close());

    describe.each(modes)("partialRequests: %s", (mode) => {
      for (const variant of variants.filter(({ partialRequests }) => partialRequests === mode)) {
        const { testCase } = variant;
        const reason = skipReason(engine, file, testCase);
        if (reason !== undefined) {
          it.skip(`${testCase.name} [${reason}]`);
        } else if (testCase.start === "error") {
          it(testCase.name, async () => {
            // An engine that starts nevertheless must answer as the steps say.
            await runAlone(engine, file, variant, asWritten).catch((error: unknown) => {
              expect(error).toBeInstanceOf(ConfigRefused);
            });
          });
        } else {
          const run = async (splitting: Splitting) => {
            if (engine.shared) await runSteps(await pool.stage(variant), stepsOf(file, variant), splitting);
            else await runAlone(engine, file, variant, splitting);
          };
          const lengths = bodyLengths(testCase);
          const splittings = lengths.length === 0 ? [asWritten] : [asWritten, eachByteAlone, allAtOnce, atRandom(seed)];
          it.each(splittings)(`${testCase.name}, $name`, run);
          if (lengths.length > 0) {
            it(`${testCase.name}, in two at each offset`, async () => {
              for (const offset of offsetsOf(lengths)) {
                await run(inTwoAt(offset)).catch((error: unknown) => {
                  throw new Error(`in two at ${offset}: ${(error as Error).message}`, { cause: error });
                });
              }
            });
          }
        }
      }
    });
  });
}

function stepsOf(file: CaseFile, { testCase, partialRequests }: Variant): readonly Step[] {
  checkSupported(testCase);
  return testCase.steps.map((step) => {
    const pinned = testCase.partialRequests !== undefined;
    return partialRequests === "prevent" && !pinned ? { ...step, expect: underPrevent(file, step.expect) } : step;
  });
}

/** Only a case with bodies can tell one splitting from another. */
function bodyLengths({ steps }: Case): number[] {
  const messages = steps.flatMap(({ request, backends = {} }) => {
    const replies = Object.values(backends).flat().map(({ reply }) => reply);
    return [request, ...replies.filter((reply) => "status" in reply)];
  });
  return messages.map((message) => contentOf(message)).flatMap((content) => (content === undefined ? [] : [contentLength(content)]));
}

async function runAlone(engine: Engine, file: CaseFile, variant: Variant, splitting: Splitting): Promise<void> {
  const opened = await openStages(engine, file, [variant]);
  let checkAgain: () => void;
  try {
    checkAgain = await runSteps(opened.stages[0]!, stepsOf(file, variant), splitting);
  } finally {
    await opened.close();
  }
  checkAgain();
}
