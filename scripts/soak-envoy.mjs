// Twenty policies in one module, on one Envoy with two workers, for a while: some of them throw, loop or use up memory when a request
// asks for it, some clients go away, and every other exchange must come out right.
//
//   node scripts/soak-envoy.mjs [--seconds 600] [--clients 24] [--workers 2]
//
// Fails when a client got another answer than it must, when memory grows, or when a VM was lost. Needs `npm run build` before.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { growth, readMemory } from "../bench/envoy/support/envoy-memory.mjs";
import {
  compileModules,
  envoyBootstrap,
  installEnvoy,
  sharedPolicies,
  singleRouteConfig,
  startEnvoy,
} from "./envoy/built.mjs";
import { startEcho } from "./envoy/echo-upstream.mjs";
import { client } from "./envoy/twenty-clients.mjs";
import { tellVerdict } from "./fuzz/verdict.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    clients: { type: "string", default: "24" },
    workers: { type: "string", default: "2" },
  },
});
const chains = 4;
const length = 5;
/**
 * MiB by which memory may grow from the second quarter of the time to the last: a VM comes near to its limit with what policies allocate,
 * then nearer as that leaves gaps.
 */
const mostGrown = 8;
/** Short, for while a policy loops everybody waits; and little memory, so that it is soon used up. */
const limits = { callbackMilliseconds: 50, memoryBytes: 4 << 20 };

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
// Below the project, so that what the policies import is found.
const folder = join(cache, `soak-envoy-${process.pid}`);
await mkdir(folder, { recursive: true });
const upstream = await startEcho();
/** @type {import("./envoy/twenty-clients.mjs").Tally} */
const tally = { answered: new Map(), gone: 0, failures: [] };
/** @type {import("../bench/envoy/support/envoy-memory.mjs").MemorySample[]} */
const samples = [];
try {
  const config = await twentyPolicies();
  const modules = await compileModules(config, folder, { shared: sharedPolicies(config) });
  const envoy = await startEnvoy(envoyBootstrap(config, { modules, caFile: "" }), {
    binary: await installEnvoy(cache),
    concurrency: Number(values.workers),
    logLevel: "error",
  });
  try {
    await soak(envoy);
    tellVerdict([...problems(), ...(await lostModules(envoy))], "failed");
  } finally {
    await envoy.close();
  }
} finally {
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
}

/** Each in a file of its own. */
async function twentyPolicies() {
  const source = new URL("envoy/policies/of-twenty.ts", import.meta.url);
  const single = singleRouteConfig({ upstream: upstream.origin, upstreams: { asked: upstream.origin }, limits });
  const [route] = single.routes;
  if (route === undefined) {
    throw new Error("A gateway of one route has none.");
  }
  const routes = [];
  for (let chain = 0; chain < chains; chain++) {
    const policies = [];
    for (let position = chain * length; position < (chain + 1) * length; position++) {
      const file = join(folder, `policy-${position}.ts`);
      await copyFile(source, file);
      policies.push({
        file,
        name: `policy-${position}`,
        config: { position },
        onError: /** @type {const} */ ("deny"),
        partialRequests: /** @type {const} */ ("prevent"),
      });
    }
    routes.push({ ...route, name: `chain-${chain}`, match: { pathPrefix: `/${chain}/` }, policies });
  }
  return { ...single, routes };
}

/** @param {import("../src/envoy/run-envoy.js").RunningEnvoy} envoy */
async function soak(envoy) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1e3;
  const over = () => seconds() >= Number(values.seconds);
  const clients = Array.from({ length: Number(values.clients) }, () =>
    client(envoy.port, { tally, over, chains, length }),
  );
  while (!over()) {
    await delay(1_000);
    samples.push({ seconds: seconds(), ...(await readMemory(envoy.pid)) });
  }
  await Promise.all(clients);
}

/** What Envoy says about modules that trapped. @param {import("../src/envoy/run-envoy.js").RunningEnvoy} envoy */
async function lostModules(envoy) {
  const stats = await envoy.stats("wasm.*(crash|reload|vm_fail)");
  return [
    ...[...stats.matchAll(/^(\S+): ([1-9]\d*)$/gm)].map(([line]) => line),
    ...envoy.log.filter((line) => /Function: proxy_\w+ failed|Plugin .* (?:fail|crash)/i.test(line)).slice(0, 20),
  ];
}

function problems() {
  const answered = [...tally.answered.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${values.seconds} s: ${answered} right answers, ${tally.failures.length} wrong, ${tally.gone} clients gone`,
  );
  console.log([...tally.answered].map(([deed, count]) => `${deed} ${count}`).join(", "));
  const found = tally.failures.slice(0, 20);
  for (const key of /** @type {const} */ (["resident", "wasm"])) {
    const { grown, slope } = growth(samples, key);
    console.log(
      `${key} memory: ${samples[0]?.[key].toFixed(1)} MiB after a second, ${samples.at(-1)?.[key].toFixed(1)} at the end, ` +
        `${grown.toFixed(2)} from the second quarter to the last, ${slope.toFixed(2)} a minute in the second half`,
    );
    if (!(grown <= mostGrown)) {
      found.push(`${key} memory has grown by more than ${mostGrown} MiB`);
    }
  }
  return found;
}
