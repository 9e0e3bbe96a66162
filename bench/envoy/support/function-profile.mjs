// A sampling profile of a module by function, through Node's inspector.
import { Session } from "node:inspector/promises";

const SAMPLE_MICROSECONDS = 200;

/**
 * Prints the functions in which `action` spends its time. Those of a module go by their index; `wasm-dis` of Binaryen shows them.
 * @param {number} count how many @param {() => void} action
 */
export async function profileFunctions(count, action) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_MICROSECONDS });
  await session.post("Profiler.start");
  action();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();

  /** @type {Map<string, number>} */
  const hits = new Map();
  for (const { callFrame, hitCount = 0 } of profile.nodes) {
    const name = callFrame.functionName || "(anonymous)";
    hits.set(name, (hits.get(name) ?? 0) + hitCount);
  }
  const total = [...hits.values()].reduce((sum, hit) => sum + hit, 0);
  console.log("\n| function | % |\n|---|---|");
  for (const [name, hit] of [...hits].sort(([, a], [, b]) => b - a).slice(0, count)) {
    console.log(`| ${name} | ${((hit / total) * 100).toFixed(1)} |`);
  }
}
