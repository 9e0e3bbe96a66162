// `npm test`: everything that must hold, in order, up to the first failure. The last line is the count of tests.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

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

/** @type {[name: string, command: string, ...args: string[]][]} */
const steps = [
  ["lint", "npm", "run", "--silent", "lint"],
  ["typecheck", "npm", "run", "--silent", "typecheck"],
  ["build", "npm", "run", "--silent", "build"],
  ["envoy", "node", "scripts/install-envoy.mjs"],
  [
    "tests",
    "npx",
    "--no-install",
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ],
];

process.chdir(root);
mkdirSync(".cache", { recursive: true });
rmSync(report, { force: true });

/** @type {string | undefined} */
let failedStep;
for (const [name, command, ...args] of steps) {
  const started = performance.now();
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  console.log(
    `== ${name}: ${status === 0 ? "ok" : "FAILED"} after ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  if (status !== 0) {
    failedStep = name;
    break;
  }
}

const counts = countTests();
if (counts.skipped > 0) {
  console.log(`${counts.skipped} skipped`);
}
if (failedStep !== undefined) {
  console.log(`npm test stopped at its step "${failedStep}".`);
}
// A step or a test file that breaks as a whole counts as one failure: a run that failed never ends in "0 failed".
console.log(`${counts.passed} passed, ${failedStep === undefined ? counts.failed : Math.max(counts.failed, 1)} failed`);
process.exitCode = failedStep === undefined ? 0 : 1;

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
