/** What came of a run, once everything that was sent is over. */

/**
 * What is wrong: with what was seen on the way, with the gateway's log, and with what it uses in the end.
 * @param {import("./tally.mjs").Tally} tally
 * @param {import("./gateway-process.mjs").GatewayProcess} gateway
 * @param {import("./watch.mjs").Watch} watch
 */
export async function problemsOf(tally, gateway, watch) {
  const problems = [...tally.violations, ...gateway.defects.map((line) => `in the gateway's log: ${line}`)];
  if (gateway.ended !== undefined) {
    return [`the gateway's process ended: ${gateway.ended}`, ...problems];
  }
  const descriptors = await watch.descriptorsProblem();
  return [...problems, ...(descriptors === undefined ? [] : [descriptors]), ...watch.memoryProblems()];
}

/** Prints them and the verdict, which is the exit code, too. @param {readonly string[]} problems @param {string} failed the last line where there are some */
export function tellVerdict(problems, failed) {
  for (const problem of problems) {
    console.log(`PROBLEM: ${problem}`);
  }
  console.log(problems.length === 0 ? "ok" : failed);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
