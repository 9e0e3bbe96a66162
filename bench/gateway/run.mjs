// Requests per second and CPU per request of the embedded gateway and of fast-proxy, interleaved. See ../README.md.
//
//   node bench/gateway/run.mjs [--rounds 9] [--seconds 3] [--connections 32] [--before <checkout>]
//
// `--before` adds another checkout of Sluice, built, in the same run.
//
// Needs wrk and nginx (Debian packages of these names) and a build (npm run build).
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    before: { type: "string" },
  },
});
const here = fileURLToPath(new URL(".", import.meta.url));
const upstreamPort = 19_300;
const upstream = `http://127.0.0.1:${upstreamPort}`;
/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

class Peer {
  /** @type {number[]} */
  rates = [];
  /** @type {number[]} CPU microseconds a request, by round */
  cpu = [];
  /** @type {number | undefined} */
  pid;

  /** @param {string} name @param {number} port @param {string[]} command script and arguments */
  constructor(name, port, command) {
    this.name = name;
    this.port = port;
    this.command = command;
  }
}

const peer = new Peer("fast-proxy", 19_301, ["fast-proxy-server.mjs"]);
const none = new Peer("sluice, 0 policies", 19_302, ["sluice-server.mjs", "0"]);
const one = new Peer("sluice, 1 policy", 19_303, ["sluice-server.mjs", "1"]);
const ten = new Peer("sluice, 10 policies", 19_304, ["sluice-server.mjs", "10"]);
/** Of `--before`, each beside the peer that it is compared with. @type {[before: Peer, now: Peer][]} */
const pairs =
  values.before === undefined
    ? []
    : [none, one].map((now) => {
        const [script = "", ...options] = now.command;
        const server = resolve(values.before ?? "", "bench/gateway", script);
        return [new Peer(`${now.name}, before`, now.port + 10, [server, ...options]), now];
      });
const peers = [peer, none, one, ten, ...pairs.map(([before]) => before)];

/** @type {ChildProcess[]} */
const processes = [];
const directory = await mkdtemp(join(tmpdir(), "sluice-bench-"));
try {
  await startUpstream();
  for (const peer of peers) {
    const [script = "", ...options] = peer.command;
    peer.pid = start(process.execPath, [resolve(here, script), String(peer.port), upstream, ...options]).pid;
    await listening(peer.port);
  }
  for (const peer of peers) {
    await load(peer, 2);
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    // Each round begins with another peer, so that none always runs on a warm or a cold machine.
    for (const peer of [...peers.slice(round % peers.length), ...peers.slice(0, round % peers.length)]) {
      const before = await cpuSeconds(peer);
      const { requests, rate } = await load(peer, Number(values.seconds));
      peer.rates.push(rate);
      peer.cpu.push((((await cpuSeconds(peer)) - before) / requests) * 1e6);
    }
  }
  report();
} finally {
  for (const child of processes) {
    child.kill();
  }
  await rm(directory, { recursive: true, force: true });
}

/** @param {string} command @param {string[]} args */
function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  processes.push(child);
  return child;
}

async function startUpstream() {
  const file = join(directory, "nginx.conf");
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr emerg;
     events { worker_connections 1024; }
     http { access_log off; keepalive_requests 1000000; server { listen 127.0.0.1:${upstreamPort};
       location / { default_type text/plain; return 200 "hello from the upstream\\n"; } } }`,
  );
  start("nginx", ["-c", file, "-p", directory]);
  await listening(upstreamPort);
}

/** @param {number} port */
async function listening(port) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const open = await new Promise((resolve) => {
      const socket = createConnection(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.end());
    });
    if (open) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Nothing listens on port ${port}.`);
}

/** @param {Peer} peer @param {number} seconds */
async function load(peer, seconds) {
  const { stdout } = await run("wrk", [
    "-t1",
    `-c${values.connections}`,
    `-d${seconds}s`,
    "-H",
    "authorization: Bearer x",
    `http://127.0.0.1:${peer.port}/`,
  ]);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`${peer.name}: bad answers:\n${stdout}`);
  }
  return { requests, rate };
}

/** User and system time of the process (Linux). @param {Peer} peer */
async function cpuSeconds({ pid }) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function report() {
  console.log(
    `node ${process.version}, ${values.rounds} rounds of ${values.seconds} s, ${values.connections} connections, medians\n`,
  );
  console.log("| | requests/s | CPU µs/request | rate, ratio to fast-proxy | CPU, ratio to fast-proxy |");
  console.log("|---|---|---|---|---|");
  for (const { name, rates, cpu } of peers) {
    const columns = [
      median(rates).toFixed(0),
      median(cpu).toFixed(1),
      ratio(rates, peer.rates).toFixed(3),
      ratio(cpu, peer.cpu).toFixed(3),
    ];
    console.log(`| ${name} | ${columns.join(" | ")} |`);
  }
  for (const [before, now] of pairs) {
    console.log(
      `\n${now.name}, ratios to before: rate ${ratio(now.rates, before.rates).toFixed(3)}, ` +
        `CPU ${ratio(now.cpu, before.cpu).toFixed(3)}`,
    );
  }
  const further = (ratio(ten.cpu, one.cpu) - 1) / 9;
  const microseconds = (median(ten.cpu) - median(one.cpu)) / 9;
  console.log(
    `\nEach further policy costs ${(further * 100).toFixed(2)} % of the CPU time with one (${microseconds.toFixed(2)} µs), ` +
      `the first ${(median(one.cpu) - median(none.cpu)).toFixed(1)} µs.`,
  );
}

/** The median of the ratios, round by round. @param {number[]} a @param {number[]} b */
function ratio(a, b) {
  return median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
