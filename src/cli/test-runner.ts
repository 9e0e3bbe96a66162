/** What runs a project's tests: vitest where it is installed, else the runner that Node has. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { isFolder, projectFiles } from "./project-files.js";

const testFileName = /\.test\.[cm]?[jt]s$/;

export interface RunnerOptions {
  /** Runs the tests again whenever a file is saved. */
  watch: boolean;
  /** From the folder: names of files, and of folders that they are in; none: all that the runner finds. */
  files: readonly string[];
  /** There may be none: something else is run, too. */
  optional: boolean;
}

/**
 * The arguments of node that run the tests in `folder` (absolute); undefined where there are none and need not be.
 *
 * @throws SluiceError `TEST_RUNNER`
 */
export async function runnerArguments(
  folder: string,
  { watch, files, optional }: RunnerOptions,
): Promise<string[] | undefined> {
  const vitest = vitestIn(folder);
  if (vitest !== undefined) {
    return [vitest, watch ? "watch" : "run", ...(optional ? ["--passWithNoTests"] : []), ...files];
  }
  const tests = await nodeTests(folder, files);
  if (tests.length === 0 && optional) {
    return undefined;
  }
  if (tests.length === 0) {
    throw new SluiceError(
      "TEST_RUNNER",
      `${shownPath(folder) || "this folder"}: there are no tests: no file *.test.ts or *.test.js.`,
    );
  }
  const typeScript = tests.find((file) => /\.[cm]?ts$/.test(file));
  if (typeScript !== undefined && !knowsTypeScript()) {
    throw new SluiceError(
      "TEST_RUNNER",
      `${typeScript}: Node ${process.versions.node} alone cannot run tests in TypeScript, and vitest is not installed here.`,
    );
  }
  return ["--test", ...(watch ? ["--watch"] : []), ...tests];
}

/** A folder would be a module for Node. */
async function nodeTests(folder: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) {
    return projectFiles(folder, testFileName);
  }
  const found = await Promise.all(
    files.map(async (file) => (isFolder(resolve(folder, file)) ? projectFiles(folder, testFileName, [file]) : [file])),
  );
  return found.flat();
}

/** The program of the vitest that a file in `folder` would import. */
function vitestIn(folder: string): string | undefined {
  let manifest: string;
  try {
    manifest = createRequire(join(folder, "package.json")).resolve("vitest/package.json");
  } catch {
    return undefined;
  }
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: string | Record<string, string> };
  return join(dirname(manifest), typeof bin === "string" ? bin : (bin["vitest"] ?? ""));
}

function knowsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
