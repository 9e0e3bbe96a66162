/** The cases of a project, as `sluice test` runs and shows them. */
import { constants } from "node:os";
import { resolve } from "node:path";
import type { Engine } from "../cases/engine.js";
import { envoy } from "../cases/engines/envoy.js";
import { inProcess } from "../cases/engines/in-process.js";
import { readProjectFile } from "../cases/project-file.js";
import { type CaseOutcome, runCases } from "../cases/run-cases.js";
import { stopCompiler } from "../compiler/bundle.js";
import { findEnvoy } from "../envoy/find-envoy.js";
import { findLibrary, processorOf } from "../envoy/native/library.js";
import { assertNativeVersion } from "../envoy/native/versions.js";
import { plainLines } from "../plain-text.js";

export type CaseEngine = "native" | "wasm" | "envoy" | "envoy-native";

/**
 * Runs the cases in files (from the working directory) and prints what became of each. Resolves with whether none has failed.
 *
 * @param binary The Envoy to start; undefined for the one that is found.
 * @throws SluiceError `CASE_FILE`, before any case is run; what keeps policies, or Envoy, from being started
 */
export async function testCases(
  files: readonly string[],
  engine: CaseEngine,
  binary: string | undefined,
): Promise<boolean> {
  const read = await Promise.all(
    files.map(async (file) => ({ shown: file, file: await readProjectFile(resolve(file)) })),
  );
  const { runner, name } = await engineOf(engine, binary);
  const outcomes: CaseOutcome[] = [];
  const stopExiting = engine === "envoy" || engine === "envoy-native" ? exitOnSignals() : undefined;
  try {
    for (const { shown, file } of read) {
      console.log(`\n${shown}`);
      await runCases(runner, file, (outcome) => {
        outcomes.push(outcome);
        console.log(plainLines(show(outcome, shown)));
      });
    }
  } finally {
    stopExiting?.();
    await stopCompiler();
  }
  console.log(`\n${summary(outcomes, name)}`);
  return outcomes.every(({ problems }) => problems.length === 0);
}

/**
 * Ends the process in order, which ends Envoy and removes its configuration. Policies in this process may never let go of it, and then
 * no listener would be called.
 */
function exitOnSignals(): () => void {
  const exit = (signal: "SIGINT" | "SIGTERM") => process.exit(128 + constants.signals[signal]);
  process.on("SIGINT", exit).on("SIGTERM", exit);
  return () => process.off("SIGINT", exit).off("SIGTERM", exit);
}

async function engineOf(engine: CaseEngine, binary: string | undefined): Promise<{ runner: Engine; name: string }> {
  if (engine === "native" || engine === "wasm") {
    return { runner: inProcess(engine), name: engine };
  }
  const library = engine === "envoy-native" ? await findLibrary(processorOf()) : undefined;
  const found = await findEnvoy(binary, process.env["PATH"]);
  if (library !== undefined) {
    assertNativeVersion(found.version, found.binary);
  }
  const runner = envoy({
    limits: {},
    ownInstances: true,
    binary: () => Promise.resolve(found.binary),
    ...(library !== undefined && { library: () => Promise.resolve(library.path) }),
  });
  return { runner, name: `Envoy ${found.version}${library === undefined ? "" : ", native"}` };
}

function show({ name, line, lacking, problems }: CaseOutcome, file: string): string {
  if (lacking.length > 0) {
    return `  - ${name} (skipped: it ${lacking.join(", ")})`;
  }
  if (problems.length === 0) {
    return `  ✓ ${name}`;
  }
  return [`  ✗ ${name} (${file}:${line})`, ...problems.map((problem) => problem.replace(/^/gm, "      "))].join("\n");
}

function summary(outcomes: readonly CaseOutcome[], engine: string): string {
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
  const skipped = outcomes.filter(({ lacking }) => lacking.length > 0).length;
  const counts = [
    `${outcomes.length - failed - skipped} passed`,
    `${failed} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return `${outcomes.length} ${outcomes.length === 1 ? "case" : "cases"} on ${engine}: ${counts.join(", ")}`;
}
