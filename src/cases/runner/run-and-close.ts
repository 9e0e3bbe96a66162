import type { Step } from "./case-file.js";
import { runSteps } from "./run-steps.js";
import type { Splitting } from "./splitting.js";
import type { OpenStages } from "./stage.js";

/** Does the steps on the one stage, closes it, and looks once more at what reached its backends. Rejects with all that is wrong. */
export async function runAndClose(opened: OpenStages, steps: readonly Step[], splitting: Splitting): Promise<void> {
  let checkAgain: () => void;
  try {
    checkAgain = await runSteps(opened.stages[0]!, steps, splitting);
  } catch (error) {
    // What a failed step leaves open is no news.
    await opened.close().catch(() => undefined);
    throw error;
  }
  await opened.close();
  checkAgain();
}
