// Load on Envoy with a policy that fails at random and clients that go away at random. See ../README.md.
//
//   node bench/envoy/soak.mjs [--minutes 5] [--clients 32] [--aborts 0.2] [--behaviours pass,throw,…]
//
// Fails when a client that stayed got another answer than its policy's, when memory grows, or when a VM was lost.
// Needs a build (npm run build).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { behaviours } from "./support/behaviours.mjs";
import { growth, readMemory } from "./support/envoy-memory.mjs";
import { compileTo } from "./support/policy-module.mjs";
import { soakClient } from "./support/soak-client.mjs";
import { startUpstream } from "./support/soak-upstream.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    clients: { type: "string", default: "32" },
    aborts: { type: "string", default: "0.2" },
    behaviours: { type: "string", default: Object.keys(behaviours).join(",") },
  },
});
/** MiB by which memory may grow from the second quarter of the time to the last. */
const LIMITS = { resident: 6, wasm: 0.25 };
const binary = fileURLToPath(new URL("../../.cache/envoy/1.40.0/envoy", import.meta.url));
/** @param {string} path */
const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { startEnvoy } = /** @type {typeof import("../../src/envoy/run-envoy.js")} */ (await built("envoy/run-envoy.js"));
const { envoyBootstrap } = /** @type {typeof import("../../src/envoy/bootstrap.js")} */ (
  await built("envoy/bootstrap.js")
);
const { singleRouteConfig } = /** @type {typeof import("../../src/gateway/single-route.js")} */ (
  await built("gateway/single-route.js")
);

/** @type {import("./support/soak-client.mjs").Tally} */
const tally = { answered: new Map(), aborted: 0, failures: [] };
/** @type {import("./support/envoy-memory.mjs").MemorySample[]} */
const samples = [];

/** Short, for while the policy loops everybody waits. */
const limits = { callbackMilliseconds: 50 };

const folder = await mkdtemp(join(tmpdir(), "sluice-soak-"));
const upstream = await startUpstream();
try {
  const module = join(folder, "soak.wasm");
  await compileTo(new URL("policies/soak.ts", import.meta.url), module);
  const echo = `http://127.0.0.1:${upstream.port}`;
  const config = singleRouteConfig({
    port: 0,
    upstream: echo,
    upstreams: { asked: echo },
    policies: [{ use: "soak.ts" }],
    limits,
  });
  const modules = new Map(
    config.routes.flatMap(({ policies }) => policies.map(({ file }) => [file, { path: module, sluice: true }])),
  );
  const envoy = await startEnvoy(envoyBootstrap(config, { modules, caFile: "" }), { binary });
  try {
    await soak(envoy);
    report(await lostModules(envoy));
  } finally {
    await envoy.close();
  }
} finally {
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
}

/** @param {import("../../src/envoy/run-envoy.js").RunningEnvoy} envoy */
async function soak(envoy) {
  const { pid } = envoy;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1e3;
  const over = () => seconds() >= Number(values.minutes) * 60;
  const options = { behaviours: values.behaviours.split(","), aborts: Number(values.aborts) };
  const clients = Array.from({ length: Number(values.clients) }, () => soakClient(envoy.port, tally, over, options));
  while (!over()) {
    await delay(1_000);
    samples.push({ seconds: seconds(), ...(await readMemory(pid)) });
  }
  await Promise.all(clients);
}

/** What Envoy says about modules that trapped. @param {import("../../src/envoy/run-envoy.js").RunningEnvoy} envoy */
async function lostModules(envoy) {
  const stats = await envoy.stats("vm_reload");
  const reloads = [...stats.matchAll(/^(\S+): ([1-9]\d*)$/gm)].map(([line]) => line);
  return [...reloads, ...envoy.log.filter((line) => /Function: proxy_\w+ failed|Plugin .* (?:fail|crash)/i.test(line))];
}

/** @param {readonly string[]} lost */
function report(lost) {
  const answered = [...tally.answered.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${values.minutes} minutes, ${values.clients} clients: ${answered} right answers, ${tally.aborted} clients that went away`,
  );
  console.log([...tally.answered].map(([name, count]) => `${name} ${count}`).join(", "));
  const problems = [...tally.failures.slice(0, 20), ...lost.slice(0, 20)];
  if (tally.failures.length > 0) {
    problems.unshift(`${tally.failures.length} wrong answers`);
  }
  for (const key of /** @type {const} */ (["resident", "wasm"])) {
    const { grown, slope } = growth(samples, key);
    const last = samples.at(-1)?.[key] ?? Number.NaN;
    console.log(
      `${key} memory: ${samples[0]?.[key].toFixed(1)} MiB after a second, ${last.toFixed(1)} at the end, ` +
        `${grown.toFixed(2)} from the second quarter to the last, ${slope.toFixed(2)} a minute in the second half`,
    );
    if (!(grown <= LIMITS[key])) {
      problems.push(`${key} memory has grown by more than ${LIMITS[key]} MiB`);
    }
  }
  for (const problem of problems) {
    console.error(problem);
  }
  console.log(problems.length === 0 ? "passed" : "FAILED");
  process.exitCode = problems.length === 0 ? 0 : 1;
}
