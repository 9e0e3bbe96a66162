/** What runs a project's tests: vitest where it is installed, else the runner that Node has. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";

export interface RunnerOptions {
  /** Runs the tests again whenever a file is saved. */
  watch: boolean;
  /** From the folder; none: all that the runner finds. */
  files: readonly string[];
}

/**
 * The arguments of node that run the tests in `folder` (absolute).
 *
 * @throws SluiceError `TEST_RUNNER`
 */
export async function runnerArguments(folder: string, { watch, files }: RunnerOptions): Promise<string[]> {
  const vitest = vitestIn(folder);
  if (vitest !== undefined) return [vitest, watch ? "watch" : "run", ...files];
  const tests = files.length > 0 ? files : await testFiles(folder);
  if (tests.length === 0) throw new SluiceError("TEST_RUNNER", `${shownPath(folder) || "this folder"}: there are no tests: no file *.test.ts or *.test.js.`);
  const typeScript = tests.find((file) => /\.[cm]?ts$/.test(file));
  if (typeScript !== undefined && !knowsTypeScript()) {
    throw new SluiceError("TEST_RUNNER", `${typeScript}: Node ${process.versions.node} alone cannot run tests in TypeScript, and vitest is not installed here.`);
  }
  return ["--test", ...(watch ? ["--watch"] : []), ...tests];
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

async function testFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !["node_modules", "dist"].includes(entry.name) && !entry.name.startsWith(".")) {
      found.push(...(await testFiles(path)).map((file) => join(entry.name, file)));
    } else if (entry.isFile() && /\.test\.[cm]?[jt]s$/.test(entry.name)) {
      found.push(relative(folder, path));
    }
  }
  return found.sort();
}

function knowsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
