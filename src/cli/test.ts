/** `sluice test`: runs a project's tests and its cases, on the engine of one's choice. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { caseFileEnding } from "../cases/project-file.js";
import { SluiceError } from "../errors.js";
import { projectFiles } from "./project-files.js";
import type { CaseEngine } from "./test-cases.js";
import { runnerArguments } from "./test-runner.js";

/** As they stand on the command line. */
export interface TestArguments {
  /** Default: what `SLUICE_TEST_ENGINE` says, else native. */
  engine?: CaseEngine;
  /** With the engine `envoy`: the one to start. */
  envoy?: string;
  watch: boolean;
}

/**
 * Runs the tests of the working directory, then its cases; `files` are those of either that are wanted. Resolves with the exit
 * code: that of the tests' runner, if it is not 0, else 1 where a case has failed.
 *
 * @throws SluiceError `TEST_RUNNER`, `USAGE`, and those of `testCases`
 */
export async function test(files: readonly string[], { engine, envoy, watch }: TestArguments): Promise<number> {
  if (envoy !== undefined && engine !== "envoy") throw new SluiceError("USAGE", "--envoy is an option of --engine envoy: give that, too, or leave it out.");
  if (watch && engine === "envoy") throw new SluiceError("USAGE", "--watch is for a project's own tests, which --engine envoy does not run.");
  if (watch && files.some(isCaseFile)) throw new SluiceError("USAGE", "--watch is for a project's own tests: leave it out to run cases.");

  // No cases while tests are watched: they would be run once, when that is over.
  const cases = watch ? [] : files.length > 0 ? files.filter(isCaseFile) : await projectFiles(process.cwd(), /\.cases\.yaml$/);
  const tests = files.filter((file) => !isCaseFile(file));
  const onlyCases = files.length > 0 && tests.length === 0;
  const testsCode = engine === "envoy" ? refuseTests(tests, cases) : onlyCases ? 0 : await runTests(tests, engine, watch, cases.length > 0);
  if (cases.length === 0) return testsCode;
  const { testCases } = await import("./test-cases.js");
  const passed = await testCases(cases, engine ?? engineOfEnvironment(), envoy);
  return testsCode !== 0 ? testsCode : passed ? 0 : 1;
}

function isCaseFile(file: string): boolean {
  return file.endsWith(caseFileEnding);
}

function refuseTests(tests: readonly string[], cases: readonly string[]): number {
  if (tests.length > 0) throw new SluiceError("USAGE", `${tests[0] ?? ""}: --engine envoy runs files *${caseFileEnding} only.`);
  if (cases.length === 0) throw new SluiceError("TEST_RUNNER", `--engine envoy runs cases, and there are none: no file *${caseFileEnding}.`);
  console.log("In Envoy cases are run, and no other tests: those have a gateway in their own process.");
  return 0;
}

async function runTests(files: readonly string[], engine: "native" | "wasm" | undefined, watch: boolean, optional: boolean): Promise<number> {
  const runner = await runnerArguments(process.cwd(), { watch, files, optional });
  return runner === undefined ? 0 : runNode(runner, engine === undefined ? {} : { SLUICE_TEST_ENGINE: engine });
}

function engineOfEnvironment(): "native" | "wasm" {
  const engine = process.env["SLUICE_TEST_ENGINE"] || "native";
  if (engine === "native" || engine === "wasm") return engine;
  throw new SluiceError("USAGE", `SLUICE_TEST_ENGINE: expected native or wasm, got ${JSON.stringify(engine)}.`);
}

/** The terminal sends its signals to both processes: the runner decides what they mean, and this one waits for it. */
function runNode(args: readonly string[], environment: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...environment } });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    const ignore = () => undefined;
    process.on("SIGTERM", forward).on("SIGINT", ignore);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      process.off("SIGTERM", forward).off("SIGINT", ignore);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
