/** `sluice test`: runs a project's tests and its cases, on the engine of one's choice. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { caseFileName } from "../cases/project-file.js";
import { SluiceError } from "../errors.js";
import { isFolder, projectFiles } from "./project-files.js";
import type { CaseEngine } from "./test-cases.js";
import { runnerArguments } from "./test-runner.js";

/** As they stand on the command line. */
export interface TestArguments {
  /** Default: what `SLUICE_TEST_ENGINE` says, else native. */
  engine?: CaseEngine;
  /** With the engines `envoy` and `envoy-native`: the one to start. */
  envoy?: string;
  watch: boolean;
}

/**
 * Runs the tests of the working directory, then its cases; `files` are those of either that are wanted, and folders that they are in.
 * Resolves with the exit code: that of the tests' runner, if it is not 0, else 1 where a case has failed.
 *
 * @throws SluiceError `TEST_RUNNER`, `USAGE`, and those of `testCases`
 */
export async function test(files: readonly string[], { engine, envoy, watch }: TestArguments): Promise<number> {
  const inEnvoy = engine === "envoy" || engine === "envoy-native";
  if (envoy !== undefined && !inEnvoy) {
    throw new SluiceError(
      "USAGE",
      "--envoy is an option of --engine envoy and envoy-native: give one of these, too, or leave it out.",
    );
  }
  if (watch && inEnvoy) {
    throw new SluiceError(
      "USAGE",
      `--watch is for engines in this process, which are quick: leave it out, or --engine ${engine}.`,
    );
  }
  const caseEngine = engine ?? engineOfEnvironment();
  const cases = await projectFiles(process.cwd(), caseFileName, files);
  if (inEnvoy) {
    refuseTests(files, cases, engine);
  }
  const runner = inEnvoy ? undefined : await testRunner(files, watch, cases.length > 0);

  if (watch && runner === undefined) {
    return watchOnly(cases, caseEngine);
  }
  if (watch && cases.length > 0) {
    console.log(`Only tests are watched; cases alone are, too: sluice test --watch ${cases[0] ?? ""}`);
  }
  const testsCode =
    runner === undefined ? 0 : await runNode(runner, engine === undefined ? {} : { SLUICE_TEST_ENGINE: engine });
  if (watch || cases.length === 0 || wasInterrupted(testsCode)) {
    return testsCode;
  }
  const { testCases } = await import("./test-cases.js");
  const passed = await testCases(cases, caseEngine, envoy);
  return testsCode !== 0 ? testsCode : passed ? 0 : 1;
}

function engineOfEnvironment(): "native" | "wasm" {
  const engine = process.env["SLUICE_TEST_ENGINE"] || "native";
  if (engine === "native" || engine === "wasm") {
    return engine;
  }
  throw new SluiceError(
    "USAGE",
    `SLUICE_TEST_ENGINE: expected native or wasm, got ${JSON.stringify(engine)}. For Envoy there are --engine envoy and envoy-native.`,
  );
}

function refuseTests(files: readonly string[], cases: readonly string[], engine: CaseEngine): void {
  const test = files.find((file) => !caseFileName.test(file) && !isFolder(file));
  if (test !== undefined) {
    throw new SluiceError("USAGE", `${test}: --engine ${engine} runs files *.cases.yaml only.`);
  }
  if (cases.length === 0) {
    throw new SluiceError("TEST_RUNNER", `--engine ${engine} runs cases, and there are none: no file *.cases.yaml.`);
  }
  console.log("In Envoy cases are run, and no other tests: those have a gateway in their own process.");
}

/** The arguments of node; undefined where nothing but cases is wanted. */
async function testRunner(files: readonly string[], watch: boolean, optional: boolean): Promise<string[] | undefined> {
  const tests = files.filter((file) => !caseFileName.test(file));
  return files.length > 0 && tests.length === 0
    ? undefined
    : runnerArguments(process.cwd(), { watch, files: tests, optional });
}

async function watchOnly(cases: readonly string[], engine: CaseEngine): Promise<number> {
  const { watchCases } = await import("./watch-cases.js");
  await watchCases(cases, engine);
  return 0;
}

/** Ctrl-C ends tests and cases. */
function wasInterrupted(code: number): boolean {
  return code === 128 + constants.signals.SIGINT || code === 128 + constants.signals.SIGTERM;
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
