// Traffic through `sluice dev` for a while: well-formed requests, of which none may fail, beside clients that abort, reset, pipeline
// and send what is no HTTP, an upstream that is restarted and a policy that is saved again and again, and throws when it is asked to.
//
//   node scripts/soak-gateway.mjs [--seconds 600] [--seed <number>]
//
// While the upstream is away, requests may get 502, or a response that is broken off: these are counted apart. In the end it must
// be the same process, with as many descriptors as in the beginning and as much memory as in the middle. Exits with 1 otherwise.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FuzzClient } from "./fuzz/client.mjs";
import { GatewayProcess } from "./fuzz/gateway-process.mjs";
import { HonestUpstream } from "./fuzz/probes.mjs";
import { scenario } from "./fuzz/scenario.mjs";
import { SoakClient } from "./fuzz/soak-traffic.mjs";
import { Tally } from "./fuzz/tally.mjs";
import { problemsOf, tellVerdict } from "./fuzz/verdict.mjs";
import { Watch } from "./fuzz/watch.mjs";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, seed: { type: "string", default: "1" } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const wellBehaved = 16;
const illBehaved = 24;
const restartEveryMilliseconds = 5_000;
const awayMilliseconds = 300;
const saveEveryMilliseconds = 1_500;
/** What was sent while the upstream went away ends within this. */
const aftermathMilliseconds = 200;

const tally = new Tally();
let upstream = new HonestUpstream();
await upstream.listen();
const { port } = upstream;
/** When the upstream was last away. */
let away = { from: 0, to: 0 };
/** @type {Set<string>} */
const versions = new Set();
const folder = await mkdtemp(join(tmpdir(), "sluice-soak-"));
const policy = join(folder, "policy.ts");
const source = await readFile(new URL("fuzz/policies/soak.ts", import.meta.url), "utf8");
await writeFile(policy, source);
const gateway = new GatewayProcess(["dev", policy, "--port", "0", "--upstream", `http://127.0.0.1:${port}`], {
  cwd: folder,
  isDefect: (line) => /INTERNAL|Unhandled|Warning|^node:/.test(line),
});
try {
  await gateway.listening();
  console.log(`seed ${seed}: the gateway is process ${gateway.pid} on port ${gateway.port}`);
  await traffic(() => tally.messages >= 50);
  await soak(new Watch(gateway));
} finally {
  await gateway.stop();
  await upstream.close();
  await rm(folder, { recursive: true });
}

/** @param {Watch} watch */
async function soak(watch) {
  const started = Date.now();
  const over = () => Date.now() - started >= seconds * 1_000 || gateway.ended !== undefined;
  const show = () => {
    const uses = gateway.ended === undefined ? watch.text : `ended: ${gateway.ended}`;
    console.log(`${((Date.now() - started) / 1_000).toFixed(0)} s: ${tally.text}, versions ${versions.size}; ${uses}`);
  };
  const timers = [
    setInterval(() => void watch.sample().catch(() => undefined), seconds * 50),
    setInterval(show, 10_000),
  ];
  await Promise.all([
    ...Array.from({ length: wellBehaved }, () => traffic(over)),
    ...Array.from({ length: illBehaved }, () => disturbances(over)),
    restarts(over),
    saves(over),
  ]);
  for (const timer of timers) {
    clearInterval(timer);
  }
  const problems = await problemsOf(tally, gateway, watch);
  if (gateway.ended === undefined) {
    show();
  }
  tellVerdict(problems, "failed");
}

/** Well-formed requests, one after the other. @param {() => boolean} over */
async function traffic(over) {
  const client = new SoakClient();
  while (!over()) {
    const number = tally.messages++;
    const asked = /** @type {const} */ (["none", "gather", "stream", "throw"])[number % 4] ?? "none";
    const sentAt = Date.now();
    const { status, right, text, version } = await client.send(gateway.port, `/soak/${number}`, asked);
    versions.add(version);
    if (right) {
      tally.count("right");
    } else if (wasAway(sentAt, Date.now()) && (status === 502 || status === 0)) {
      tally.count(status === 502 ? "502 without the upstream" : "broken off without the upstream");
    } else {
      tally.violation(text);
    }
  }
  client.close();
}

/** @param {number} from @param {number} to */
function wasAway(from, to) {
  return from <= away.to + aftermathMilliseconds && to >= away.from;
}

/** Connections of ill-behaved clients. @param {() => boolean} over */
async function disturbances(over) {
  while (!over()) {
    const number = tally.scenarios++;
    // The limits of `sluice dev` are long.
    const client = new FuzzClient(
      { ...scenario(seed, number), patience: 500, mustEnd: false },
      {
        onResponse: () => undefined,
        onClosed: () => undefined,
        onViolation: (violation) => tally.violation(`${violation}; scenario ${number}`),
      },
    );
    await client.play(gateway.port);
    tally.count("disturbances");
  }
}

/** @param {() => boolean} over */
async function restarts(over) {
  while (!over()) {
    await pause(restartEveryMilliseconds);
    away = { from: Date.now(), to: Infinity };
    await upstream.close();
    await pause(awayMilliseconds);
    upstream = new HonestUpstream();
    await upstream.listen(port);
    away.to = Date.now();
    tally.count("restarts");
  }
}

/** @param {() => boolean} over */
async function saves(over) {
  for (let version = 1; !over(); version++) {
    await pause(saveEveryMilliseconds);
    await writeFile(policy, source.replace('version = "0"', `version = "${version}"`));
    tally.count("saves");
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
