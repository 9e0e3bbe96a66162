// The same auth filter in Envoy, in several technologies, side by side. See ../README.md.
//
//   node bench/envoy/run.mjs [--rounds 7] [--seconds 1] [--peers none,sluice,…] [--module name=path.wasm]… [--only verify|start|cpu] [--json]
//
// Needs a build (npm run build), wrk and taskset (Debian packages wrk and util-linux), and the tools of the peers: cargo with the
// target wasm32-wasip1, go.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureLoad, measureStarts } from "./support/measure.mjs";
import { PeerEnvoy } from "./support/peer-envoy.mjs";
import { buildPeers, modulePeer, peerNames } from "./support/peers.mjs";
import { loadTable, startTable } from "./support/report.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "1" },
    peers: { type: "string", default: peerNames.join(",") },
    module: { type: "string", multiple: true, default: [] },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const only = values.only;
if (only !== undefined && !["verify", "start", "cpu"].includes(only)) {
  throw new Error(`--only ${only}: expected verify, start or cpu.`);
}
const rounds = Number(values.rounds);
// wrk knows no parts of a second.
if (!/^[1-9]\d*$/.test(values.seconds)) {
  throw new Error(`--seconds ${values.seconds}: expected a whole number of seconds.`);
}
const log = (/** @type {string} */ line) => console.error(line);

// Differences are over "none", which is therefore always there.
const names = new Set(["none", ...values.peers.split(",").filter((name) => name !== "")]);
const peers = [...(await buildPeers([...names])), ...values.module.map(modulePeer)];
for (const peer of peers) {
  await verify(peer);
}
log("all peers behave alike");

const starts = only === undefined || only === "start" ? await measureStarts(peers, { rounds, log }) : undefined;
const loads =
  only === undefined || only === "cpu"
    ? await measureLoad(peers, { rounds, seconds: Number(values.seconds), log })
    : undefined;

if (values.json) {
  const results = peers.map((peer) => ({ peer: peer.name, starts: starts?.get(peer), load: loads?.get(peer) }));
  console.log(JSON.stringify(results, undefined, 2));
} else {
  const [, , load = ""] = (await readFile("/proc/loadavg", "utf8")).split(" ");
  console.log(
    `${rounds} rounds, slices of ${values.seconds} s; medians (smallest to largest); load of the last 15 minutes: ${load}`,
  );
  if (starts !== undefined) {
    console.log(startTable(starts));
  }
  if (loads !== undefined) {
    console.log(loadTable(loads));
  }
}

/** @param {import("./support/peers.mjs").Peer} peer */
async function verify(peer) {
  const envoy = await PeerEnvoy.start(peer);
  try {
    await envoy.verify();
  } finally {
    await envoy.stop();
  }
}
