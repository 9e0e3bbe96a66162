/** The one suite: every case on one engine, under both ways of handling partial requests, with bodies cut in every way. */
import { afterAll, describe, expect, it } from "vitest";
import { ConfigRefused, type Engine } from "./engine.js";
import { checkSupported, readCaseFile, type Case, type Step } from "./runner/case-file.js";
import { underPrevent } from "./runner/prevent.js";
import { runSteps } from "./runner/run-steps.js";
import { skipReason, uselessSkips } from "./runner/skip.js";
import { allAtOnce, asWritten, atRandom, eachByteAlone, type Splitting } from "./runner/splitting.js";
import { StagePool } from "./runner/stage-pool.js";
import { openStage, type PartialRequests, type Stage } from "./runner/stage.js";

export interface SuiteOptions {
  /** Names of case files. */
  files: readonly string[];
  /** Cases that are set up alike share a running engine: for one that is slow to start, and policies without state. */
  shareEngines?: boolean;
}

const modes: readonly PartialRequests[] = ["allow", "prevent"];

/** Set the variable to the seed that a test's name tells, to see the same pieces again. */
const seed = Number(process.env["CONFORMANCE_SEED"] ?? Math.floor(Math.random() * 1_000_000));

export function conformance(engine: Engine, { files: names, shareEngines = false }: SuiteOptions): void {
  const files = names.map(readCaseFile);

  describe.each(files)("$policy", (file) => {
    describe.each(modes)("partialRequests: %s", (mode) => {
      const pool = new StagePool(engine, file, mode);
      afterAll(() => pool.close());

      const run = async (testCase: Case, splitting: Splitting): Promise<void> => {
        checkSupported(testCase);
        const steps = testCase.steps.map(
          (step) => (mode === "prevent" ? { ...step, expect: underPrevent(file, step.expect) } : step),
        );
        if (shareEngines) {
          await runSteps(await pool.stage(testCase), steps, splitting);
        } else {
          await runAlone(await openStage(engine, file, testCase, mode), steps, splitting);
        }
      };

      for (const testCase of file.cases) {
        const reason = skipReason(engine, file, testCase);
        if (reason !== undefined) {
          it.skip(`${testCase.name} [${reason}]`);
        } else if (testCase.start === "error") {
          it(testCase.name, async () => {
            // An engine that starts nevertheless must answer as the steps say.
            await run(testCase, asWritten).catch((error: unknown) => {
              expect(error).toBeInstanceOf(ConfigRefused);
            });
          });
        } else {
          it.each(splittingsFor(testCase))(`${testCase.name}, $name`, async (splitting) => run(testCase, splitting));
        }
      }
    });
  });

  it("has no skips without use", () => {
    expect(uselessSkips(engine, files)).toEqual([]);
  });
}

/** Only a case with bodies can tell one splitting from another. */
function splittingsFor({ steps }: Case): readonly Splitting[] {
  const messages = steps.flatMap(({ request, backends = {} }) => {
    const replies = Object.values(backends).flat().map(({ reply }) => reply);
    return [request, ...replies];
  });
  return messages.some((message) => "body" in message || "chunks" in message)
    ? [asWritten, eachByteAlone, allAtOnce, atRandom(seed)]
    : [asWritten];
}

async function runAlone(stage: Stage, steps: readonly Step[], splitting: Splitting): Promise<void> {
  let checkAgain: () => void;
  try {
    checkAgain = await runSteps(stage, steps, splitting);
  } finally {
    await stage.close();
  }
  checkAgain();
}
