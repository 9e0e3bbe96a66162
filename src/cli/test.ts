/** `sluice test`: runs a project's tests, on the engine of one's choice. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { runnerArguments } from "./test-runner.js";

/** As they stand on the command line. */
export interface TestArguments {
  /** Default: what `SLUICE_TEST_ENGINE` says, else native. */
  engine?: "native" | "wasm";
  watch: boolean;
}

/** Runs the tests of the working directory and resolves with the exit code of their runner. Throws TEST_RUNNER. */
export async function test(files: readonly string[], { engine, watch }: TestArguments): Promise<number> {
  const runner = await runnerArguments(process.cwd(), { watch, files });
  return runNode(runner, engine === undefined ? {} : { SLUICE_TEST_ENGINE: engine });
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
