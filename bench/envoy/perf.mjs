// Where Envoy's CPU time goes: the module's own code, Envoy, the kernel. See ../README.md.
//
//   node bench/envoy/perf.mjs [--seconds 5] [--peers none,sluice,…] [--module name=path.wasm]…
//
// Needs what run.mjs needs, and Linux perf (Debian package linux-perf) with kernel.perf_event_paranoid at most 2.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { ENVOY_CORE, load } from "./support/load.mjs";
import { PeerEnvoy } from "./support/peer-envoy.mjs";
import { buildPeers, modulePeer } from "./support/peers.mjs";
import { pin } from "./support/processes.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    peers: { type: "string", default: "none,rust-sdk,sluice" },
    module: { type: "string", multiple: true, default: [] },
  },
});
const seconds = Number(values.seconds);
const run = promisify(execFile);
const peers = [...(await buildPeers(values.peers.split(","))), ...values.module.map(modulePeer)];
const folder = await mkdtemp(join(tmpdir(), "sluice-perf-"));

console.log("| CPU µs/request | module | Envoy | kernel | libraries | all |\n|---|---|---|---|---|---|");
try {
  for (const peer of peers) {
    for (const kind of /** @type {const} */ (["allow", "deny"])) {
      const { cpu, shares } = await sample(peer, kind);
      const columns = [shares.module, shares.envoy, shares.kernel, shares.libraries, 1].map((share) =>
        (share * cpu).toFixed(1),
      );
      console.log(`| ${peer.name}, ${kind} | ${columns.join(" | ")} |`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {import("./support/peers.mjs").Peer} peer @param {import("./support/load.mjs").Case} kind */
async function sample(peer, kind) {
  const data = join(folder, "perf.data");
  const envoy = await PeerEnvoy.start(peer);
  try {
    await pin(envoy.pid, ENVOY_CORE);
    await load(envoy, kind, 1);
    // Virtual machines often have no hardware counters; the clock is enough.
    const recording = run("perf", [
      "record",
      "-e",
      "cpu-clock",
      "-F",
      "999",
      "-p",
      String(envoy.pid),
      "-o",
      data,
      "--",
      "sleep",
      String(seconds),
    ]);
    const [{ cpu }] = await Promise.all([load(envoy, kind, seconds), recording]);
    const { stdout } = await run("perf", [
      "report",
      "-i",
      data,
      "--sort",
      "dso",
      "--stdio",
      "--percentage",
      "absolute",
    ]);
    return { cpu, shares: sharesOf(stdout) };
  } finally {
    await envoy.stop();
  }
}

/** @param {string} report of perf, a line for each binary */
function sharesOf(report) {
  const shares = { module: 0, envoy: 0, kernel: 0, libraries: 0 };
  for (const [, percent, name = ""] of report.matchAll(/^\s+([\d.]+)%\s+(.+?)\s*$/gm)) {
    shares[partOf(name)] += Number(percent) / 100;
  }
  return shares;
}

/** @param {string} name of a binary. Code that V8 made of the module has none. */
function partOf(name) {
  if (name.startsWith("[JIT]") || name.startsWith("//anon") || name === "[unknown]") {
    return "module";
  }
  if (name === "[kernel.kallsyms]") {
    return "kernel";
  }
  return name === "envoy" ? "envoy" : "libraries";
}
