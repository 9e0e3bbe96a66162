// What workers share, while their VMs end and their configuration changes: one Envoy with two workers under load, a policy that uses a lock, a
// limit and a singleton job and that traps where it is asked to, and a new module every few seconds.
//
//   node scripts/chaos-state.mjs [--seconds 600] [--clients 12] [--workers 2] [--update-every 7] [--trap-every 4]
//
// Fails when an effect with an outdated fencing number is stored, when more requests pass in a window than its limit, when two workers do the
// singleton's work at once, when nobody does it for longer than docs/services/schedule.md says, or when nothing of it was put to the test. Needs
// `npm run build` before.
import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort } from "../bench/envoy/support/free-port.mjs";
import { installEnvoy } from "./envoy/built.mjs";
import { Monitor } from "./envoy/chaos-monitor.mjs";
import { Releases } from "./envoy/releases.mjs";
import { tellVerdict } from "./fuzz/verdict.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    clients: { type: "string", default: "12" },
    workers: { type: "string", default: "2" },
    "update-every": { type: "string", default: "7" },
    "trap-every": { type: "string", default: "4" },
    /** The policy, of envoy/policies: one that is broken shows that its fault is found. */
    source: { type: "string", default: "of-chaos.ts" },
  },
});
/** That of policies/of-chaos.ts. */
const limit = 20;
const keys = ["a", "b", "c"];
const versions = ["a", "b"];
const answerLimitMilliseconds = 20_000;
/** Of requests: those that ask for the lock. Its ttl is 400 ms, so some lose it. */
const effectShare = 0.15;
const longestHoldMilliseconds = 1_200;

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const folder = join(cache, `chaos-state-${process.pid}`);
await mkdir(folder, { recursive: true });
const monitor = new Monitor();
const upstream = await monitor.start();
const port = await freePort();
const adminPort = await freePort();
const releases = new Releases({
  ...{ folder, port, adminPort, upstream, source: values.source },
  policies: ["shared.ts"],
  limits: "{ memory: 4MiB }",
});
/** Requests that passed, by key and window. @type {Map<string, number>} */
const passed = new Map();
/** @type {Map<string, number>} */
const answers = new Map();
/** @type {Map<string, number>} */
const served = new Map();
/** @type {Map<string, number>} */
const strange = new Map();
let traps = 0;
let updates = 0;

try {
  const bootstrap = await releases.begin(versions);
  const options = ["--concurrency", values.workers, "--drain-time-s", "5", "--disable-hot-restart"];
  const envoy = spawn(await installEnvoy(cache), ["-c", bootstrap, ...options, "--log-level", "off"], {
    stdio: "ignore",
  });
  try {
    await listens();
    monitor.begins();
    await chaos();
    tellVerdict(envoy.exitCode === null ? await problems() : ["Envoy has ended"], "failed");
  } finally {
    envoy.kill("SIGKILL");
  }
} finally {
  await monitor.close();
  await rm(folder, { recursive: true, force: true });
}

async function listens() {
  const end = performance.now() + answerLimitMilliseconds;
  while ((await ask("/", { "x-key": "first" })).status !== 200) {
    if (performance.now() > end) {
      throw new Error("Envoy does not serve.");
    }
    await delay(50);
  }
}

async function chaos() {
  const end = performance.now() + Number(values.seconds) * 1_000;
  const over = () => performance.now() >= end;
  await Promise.all([
    ...Array.from({ length: Number(values.clients) }, () => client(over)),
    again(over, Number(values["trap-every"]), trap),
    again(over, Number(values["update-every"]), async () => {
      updates++;
      await releases.release(updates);
    }),
  ]);
}

/** Does it every so many seconds, a little earlier or later. @param {() => boolean} over @param {number} seconds @param {() => Promise<void>} work */
async function again(over, seconds, work) {
  while (!over()) {
    await delay(seconds * (500 + Math.random() * 1_000));
    await work();
  }
}

async function trap() {
  traps++;
  const { status } = await ask("/trap");
  count(answers, `/trap ${status}`);
}

/** @param {() => boolean} over */
async function client(over) {
  while (!over()) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // The next connection may be another worker's.
    for (let requests = 0; requests < 20 && !over(); requests++) {
      await (Math.random() < effectShare ? effect(agent) : limited(agent));
      await delay(5);
    }
    agent.destroy();
  }
}

/** @param {Agent} agent */
async function effect(agent) {
  const hold = String(Math.floor(Math.random() * longestHoldMilliseconds));
  const { status, body } = await ask("/effect", { "x-hold": hold }, agent);
  count(answers, `/effect ${status}${status === 409 ? ` ${body}` : ""}`);
}

/** @param {Agent} agent */
async function limited(agent) {
  const key = String(keys[Math.floor(Math.random() * keys.length)]);
  const { status, headers } = await ask("/", { "x-key": key }, agent);
  const { "x-window": window, "x-release": release } = headers;
  if (release === undefined) {
    // While a VM is not back yet nothing passes.
    count(status === 200 ? strange : answers, `/ ${status} without the policy`);
    return;
  }
  count(answers, `/ ${status}`);
  count(served, String(release));
  if (status === 200 && window !== "") {
    count(passed, `${key} in the window ${String(window)}`);
  }
}

/** @typedef {{ status: number, headers: import("node:http").IncomingHttpHeaders, body: string }} Answer status 0: the connection was lost */

/** @param {string} path @param {Record<string, string>} [headers] @param {Agent | false} [agent] @returns {Promise<Answer>} */
async function ask(path, headers = {}, agent = false) {
  return new Promise((resolve) => {
    const lost = () => {
      resolve({ status: 0, headers: {}, body: "" });
    };
    const outgoing = request({ host: "127.0.0.1", port, path, agent, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        body += text;
      });
      response.on("error", lost);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    outgoing.setTimeout(answerLimitMilliseconds, () => outgoing.destroy(new Error("nothing happened")));
    outgoing.on("error", lost);
    outgoing.end();
  });
}

/** @param {Map<string, number>} counts @param {string} what */
function count(counts, what) {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

async function problems() {
  const found = [...monitor.verdict().slice(0, 20), ...[...strange].map(([what, times]) => `${times} answers ${what}`)];
  for (const [where, requests] of passed) {
    if (requests > limit) {
      found.push(`${requests} requests of ${where} passed, of ${limit}`);
    }
  }
  const full = [...passed.values()].filter((requests) => requests === limit).length;
  const reloads = await reloaded();
  const { runs, brokenRuns, trapsAsked, accepted, refused, longestPause } = monitor;
  console.log(
    `${values.seconds} s: ${traps + trapsAsked} traps asked for, ${reloads} VMs ended and came back, ${updates} updates`,
  );
  console.log(
    [...answers]
      .sort()
      .map(([what, times]) => `${what}: ${times}`)
      .join(", "),
  );
  console.log(`releases: ${[...served].map(([release, times]) => `${release} ${times}`).join(", ")}`);
  console.log(`effects under the lock: ${accepted.size} stored, ${refused} outdated ones refused`);
  console.log(`limits: ${passed.size} windows of a key, ${full} of them used to the last`);
  console.log(
    `singleton: ${runs} runs, ${brokenRuns} broken off, at most ${longestPause.toFixed(0)} ms from one beginning to the next`,
  );
  const tested = {
    "VM ended": reloads,
    "outdated effect was refused": refused,
    "window was full": full,
    "update was made": updates,
  };
  for (const [what, times] of Object.entries(tested)) {
    if (times === 0) {
      found.push(`no ${what}: nothing was put to the test`);
    }
  }
  if (served.size < versions.length) {
    found.push("an update has had no effect");
  }
  return found;
}

/** How many VMs ended and came back. @returns {Promise<number>} */
async function reloaded() {
  const counts = (await releases.stats("wasm")).map((line) => Number(/vm_reload_success: (\d+)$/.exec(line)?.[1] ?? 0));
  return counts.reduce((sum, each) => sum + each, 0);
}
