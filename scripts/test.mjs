// `npm test`: everything that must hold. The last line is the count of tests.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runsNatively } from "./native-platform.mjs";

/**
 * What is used of Vitest's JSON report.
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const report = ".cache/vitest-report.json";

/** @typedef {[name: string, command: string, ...args: string[]]} Step */

/** @type {Step} */
const tests = [
  "tests",
  "npx",
  "--no-install",
  "vitest",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
];

/**
 * Rows of steps that run beside each other, for a machine with two cores; each row is in order.
 * @type {Step[][]}
 */
const rows = [
  [["lint", "npm", "run", "--silent", "lint"]],
  [
    ["typecheck", "npm", "run", "--silent", "typecheck"],
    ["build", "node", "scripts/build.mjs", "--unchecked"],
    ["envoy", "node", "scripts/install-envoy.mjs"],
    tests,
  ],
];

process.chdir(root);
mkdirSync(".cache", { recursive: true });
rmSync(report, { force: true });

const failedSteps = (await Promise.all(rows.map(firstFailure))).filter((name) => name !== undefined);

if (!runsNatively) {
  console.log("There is no libsluice for this platform: the tests of policies that Envoy runs natively were left out.");
}
const counts = countTests();
if (counts.skipped > 0) {
  console.log(`${counts.skipped} skipped`);
}
for (const name of failedSteps) {
  console.log(`npm test failed at its step "${name}": what that told stands above, below "== ${name}".`);
}
// A step or a test file that breaks as a whole counts as one failure: a run that failed never ends in "0 failed".
console.log(`${counts.passed} passed, ${Math.max(counts.failed, failedSteps.length)} failed`);
process.exitCode = failedSteps.length === 0 ? 0 : 1;

/**
 * The name of the first of these steps that fails; the ones after it are not run. What the tests print is shown at once, what another step
 * does when it is over.
 * @param {Step[]} row
 * @returns {Promise<string | undefined>}
 */
async function firstFailure(row) {
  for (const [name, command, ...args] of row) {
    const started = performance.now();
    const output = name === tests[0] ? "inherit" : "pipe";
    if (output === "inherit") {
      console.log(`\n== ${name}`);
    }
    const step = spawn(command, args, { stdio: ["ignore", output, output], shell: process.platform === "win32" });
    /** @type {Buffer[]} */
    const printed = [];
    for (const stream of [step.stdout, step.stderr]) {
      stream?.on("data", (/** @type {Buffer} */ chunk) => printed.push(chunk));
    }
    const status = await new Promise((resolve) => {
      step.on("error", (error) => {
        printed.push(Buffer.from(`${error.message}\n`));
        resolve(1);
      });
      step.on("close", resolve);
    });
    if (output === "pipe") {
      process.stdout.write(`\n== ${name}\n${Buffer.concat(printed).toString()}`);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`== ${name}: ${status === 0 ? "ok" : "FAILED"} after ${seconds} s`);
    if (status !== 0) {
      return name;
    }
  }
  return undefined;
}

/**
 * The tests of the last step, from Vitest's report; none when it was not reached.
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function countTests() {
  if (!existsSync(report)) {
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const summary = /** @type {VitestReport} */ (JSON.parse(readFileSync(report, "utf8")));
  let failed = 0;
  for (const { status, assertionResults } of summary.testResults) {
    const failures = assertionResults.filter((test) => test.status === "failed").length;
    if (status === "failed") {
      failed += Math.max(failures, 1);
    }
  }
  return { passed: summary.numPassedTests, failed, skipped: summary.numPendingTests + summary.numTodoTests };
}
