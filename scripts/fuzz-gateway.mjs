// A fuzz of clients and upstreams against a real gateway in a process of its own: `sluice run` from dist/.
//
//   node scripts/fuzz-gateway.mjs [--seconds 600] [--seed <number>] [--connections 300]
//   node scripts/fuzz-gateway.mjs --seed <number> --scenario <number>   what one client of such a run does, alone
//
// Clients send well-formed, mutated and desynchronising requests, CONNECT and upgrades, whole, in pieces or pipelined, and reset
// or close anywhere; so does the upstream with its responses. Throughout, well-formed requests on fresh connections must get
// their right answers, no request that no client framed may reach the upstream, and everything that comes out of the gateway must
// be HTTP. In the end it must be the same process, with as many descriptors as in the beginning and as much memory as in the
// middle, and nothing in its log but failures of policies. What each client and each upstream does follows from the seed;
// who comes when does not. Exits with 1 when something is wrong.
import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { FuzzClient } from "./fuzz/client.mjs";
import { writeFuzzedGateway } from "./fuzz/fuzz-gateway-file.mjs";
import { GatewayProcess } from "./fuzz/gateway-process.mjs";
import { HonestUpstream, probe } from "./fuzz/probes.mjs";
import { scenario } from "./fuzz/scenario.mjs";
import { Tally } from "./fuzz/tally.mjs";
import { FuzzUpstream } from "./fuzz/upstream.mjs";
import { problemsOf, tellVerdict } from "./fuzz/verdict.mjs";
import { Watch } from "./fuzz/watch.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    connections: { type: "string", default: "300" },
    scenario: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
/** More would tell nothing new. */
const mostMessages = seconds * 1_000;
const probeEveryMilliseconds = 100;
const expectedCodes = new Set([
  "POLICY_FAILED",
  "UPSTREAM_TIMEOUT",
  "UPSTREAM_UNREACHABLE",
  "PARTIAL_REQUEST",
  "BODY_TOO_LARGE",
  "HOLD_TIMEOUT",
]);

const tally = new Tally();
/** @type {Map<string, import("./fuzz/requests.mjs").SentRequest>} */
const sent = new Map();
const upstream = new FuzzUpstream(seed, sent, (violation) => tally.violation(violation));
const honest = new HonestUpstream();
await Promise.all([upstream.listen(), honest.listen()]);
const folder = await writeFuzzedGateway({ upstream: upstream.port, honest: honest.port });
const gateway = new GatewayProcess(["run", "gateway.yaml"], { cwd: folder, isDefect });
try {
  await gateway.listening();
  console.log(`seed ${seed}: the gateway is process ${gateway.pid} on port ${gateway.port}`);
  for (let count = 0; count < 20; count++) {
    await runProbe(count);
  }
  await run(new Watch(gateway));
} finally {
  await gateway.stop();
  await Promise.all([upstream.close(), honest.close()]);
  await rm(folder, { recursive: true });
}

/** @param {Watch} watch */
async function run(watch) {
  const started = Date.now();
  const end = started + seconds * 1_000;
  const most = values.scenario === undefined ? mostMessages : 1;
  const over = () => Date.now() >= end || tally.messages >= most || gateway.ended !== undefined;
  const timers = [
    setInterval(() => void runProbe(tally.probes), probeEveryMilliseconds),
    setInterval(() => void watch.sample().catch(() => undefined), seconds * 50),
    setInterval(() => console.log(progress(started, watch)), 10_000),
  ];
  tally.scenarios = Number(values.scenario ?? 0);
  const connections = values.scenario === undefined ? Number(values.connections) : 1;
  await Promise.all(Array.from({ length: connections }, () => clients(over)));
  for (const timer of timers) {
    clearInterval(timer);
  }
  const problems = await problemsOf(tally, gateway, watch);
  if (gateway.ended === undefined) {
    console.log(progress(started, watch));
  }
  console.log(tally.text);
  tellVerdict(problems, `failed: node scripts/fuzz-gateway.mjs --seconds ${seconds} --seed ${seed}`);
}

/** One client after the other. @param {() => boolean} over */
async function clients(over) {
  while (!over()) {
    const number = tally.scenarios++;
    const plan = scenario(seed, number);
    tally.messages += plan.messages;
    for (const request of plan.requests) {
      sent.set(request.id, request);
    }
    const client = new FuzzClient(plan, {
      onResponse: (status) => tally.count(`status ${status}`),
      onClosed: (how) => tally.count(`connections ${how}`),
      onViolation: (violation) => tally.violation(`${violation}; scenario ${number}`),
    });
    await client.play(gateway.port);
    for (const { id } of plan.requests) {
      sent.delete(id);
    }
  }
}

/** @param {number} count */
async function runProbe(count) {
  tally.probes++;
  const path = `/${count % 4 < 2 ? "honest" : "honest-chain"}/${count}`;
  const { problem } = await probe(gateway.port, path, count % 2 === 0 ? "GET" : "POST");
  if (problem !== undefined) {
    tally.violation(`a probe failed: ${problem}`);
  }
}

/** @param {number} started @param {Watch} watch */
function progress(started, watch) {
  const time = (Date.now() - started) / 1_000;
  const rate = (tally.messages / time).toFixed(0);
  const uses = gateway.ended === undefined ? watch.text : `ended: ${gateway.ended}`;
  return (
    `${time.toFixed(0)} s: ${tally.messages} messages (${rate}/s) on ${tally.scenarios} connections, ` +
    `${upstream.requests} at the upstream on ${upstream.connections}, probes ${tally.probes}, ` +
    `violations ${tally.counts.get("violations") ?? 0}; ${uses}`
  );
}

/** A line of the gateway's log that does not begin with the code of a failure that is a policy's or an upstream's. @param {string} line */
function isDefect(line) {
  try {
    const { msg } = /** @type {{ msg: string }} */ (JSON.parse(line));
    const code = /^[A-Z_]+(?=:)/.exec(msg)?.[0] ?? "";
    tally.count(`log ${code}`);
    return !expectedCodes.has(code);
  } catch {
    return true;
  }
}
