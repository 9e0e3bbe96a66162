/** `sluice test --watch policy.cases.yaml`: cases, again and again. */
import { resolve } from "node:path";
import { reportFailure } from "./failure.js";
import { createFileWatcher } from "./file-watcher.js";
import { inTurn } from "./in-turn.js";
import { projectFiles } from "./project-files.js";
import { type CaseEngine, testCases } from "./test-cases.js";

/** Runs the cases in files (from the working directory), and once more whenever a file of the project is saved. Ends with the process. */
export function watchCases(files: readonly string[], engine: CaseEngine): Promise<never> {
  const run = inTurn(async () => {
    try {
      await watchProject();
      await testCases(files, engine, undefined);
    } catch (error) {
      reportFailure(error);
    }
    console.log("\nwaiting for a file to be saved; Ctrl-C ends it");
  });
  const watcher = createFileWatcher(run);
  // What was saved last may be in a folder that is new.
  const watchProject = async () => {
    watcher.watch([...files, ...(await projectFiles(process.cwd(), /./))].map((file) => resolve(file)));
  };
  run();
  return new Promise(() => undefined);
}
