// Updates an Envoy under load, again and again, each time with a new module, as docs/envoy.md ("Updating") tells.
//
//   node scripts/update-envoy.mjs [--updates 1000] [--seconds 3600] [--clients 8] [--workers 2] [--drain 5] [--native]
//
// `--native`: policies that Envoy runs natively, ten of them, of which three misbehave on a route of their own. Fails when a request fails, when an update has no effect, or when memory grows. Needs `npm run build` before.
//
// A kept connection may be closed just when the next request is sent on it, by any server (RFC 9112, section 9.5): clients send it again if it
// is idempotent, and so do these. Envoy counts the connections that it has closed with a request on them: there, it was lost.
import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { growth, readMemory } from "../bench/envoy/support/envoy-memory.mjs";
import { freePort } from "../bench/envoy/support/free-port.mjs";
import { installEnvoy } from "./envoy/built.mjs";
import { startEcho } from "./envoy/echo-upstream.mjs";
import { Releases } from "./envoy/releases.mjs";
import { tellVerdict } from "./fuzz/verdict.mjs";

const { values } = parseArgs({
  options: {
    updates: { type: "string", default: "1000" },
    /** No update begins after so many. */
    seconds: { type: "string", default: "3600" },
    clients: { type: "string", default: "8" },
    workers: { type: "string", default: "2" },
    drain: { type: "string", default: "5" },
    native: { type: "boolean", default: false },
  },
});
/** Modules are compiled so often; each update is one of them with other bytes. */
const versions = ["a", "b"];
const updateLimitMilliseconds = 60_000;
/** MiB by which memory may grow from the second quarter of the time to the last. */
const mostGrown = 16;
/** MiB by which what is allocated may be more after all updates than before, when the last old policies have gone. */
const mostLeft = 4;

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const folder = join(cache, `update-envoy-${process.pid}`);
await mkdir(folder, { recursive: true });
const upstream = await startEcho();
const port = await freePort();
const adminPort = await freePort();
const good = ["first.ts", "second.ts", "third.ts", "fourth.ts", "fifth.ts", "sixth.ts", "seventh.ts"];
const ten = { native: true, policies: good, bad: ["loops.ts", "hoards.ts", "throws.ts"] };
const releases = new Releases({
  folder,
  port,
  adminPort,
  upstream: upstream.origin,
  source: "of-release.ts",
  ...(values.native && { ...ten, limits: "{ callbackTime: 20, memory: 8MB }" }),
});
/** @type {Map<string, number>} */
const answered = new Map();
/** @type {string[]} */
const problems = [];
/** Requests that were sent once more, as clients do: what has befallen them on a kept connection. @type {Map<string, number>} */
const sentAgain = new Map();
/** `after`: so many updates. @type {(import("../bench/envoy/support/envoy-memory.mjs").MemorySample & { allocated: number, after: number })[]} */
const samples = [];
let updates = 0;
let over = false;

try {
  const bootstrap = await releases.begin(versions);
  const options = ["--concurrency", values.workers, "--drain-time-s", values.drain, "--disable-hot-restart"];
  const levels = ["--log-level", "warning", "--component-log-level", "wasm:error,dynamic_modules:critical"];
  const envoy = spawn(await installEnvoy(cache), ["-c", bootstrap, ...options, ...levels], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  envoy.stderr.on("data", (text) => {
    log = `${log}${String(text)}`.slice(-20_000);
  });
  try {
    await becomes(versions[0] ?? "");
    await update(envoy.pid ?? 0);
    problems.push(
      ...log
        .split("\n")
        .filter((line) => /error|critical/i.test(line))
        .slice(0, 10),
    );
    tellVerdict(problems, "failed");
  } finally {
    envoy.kill("SIGKILL");
  }
} finally {
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
}

/** @param {number} pid */
async function update(pid) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1e3;
  const idle = await memoryOf(pid);
  const clients = Array.from({ length: Number(values.clients) }, client);
  if (values.native) {
    clients.push(badClient());
  }
  const sampling = sample(pid, seconds);
  while (updates < Number(values.updates) && seconds() < Number(values.seconds)) {
    const version = await releases.release(updates + 1);
    if (!(await becomes(version))) {
      problems.push(`update ${updates + 1} has had no effect`);
      break;
    }
    updates++;
  }
  const took = seconds();
  over = true;
  await Promise.all([...clients, sampling]);
  // Then the last old one has gone.
  await delay((Number(values.drain) + 3) * 1_000);
  const lost = await counted("downstream_cx_destroy_local_active_rq");
  console.log(
    `of Envoy's connections ${await counted("downstream_cx_drain_close")} were told to the client to close, ` +
      `${await counted("downstream_cx_destroy_local")} were closed by Envoy, ${lost} of them with a request on them`,
  );
  if (lost > 0) {
    problems.push(`Envoy has closed ${lost} connections with a request on them`);
  }
  tell(took, idle, await memoryOf(pid));
}

/** Of policies that run natively also what Envoy's allocator has given out: what it keeps of what was freed, it may use again. @param {number} pid */
async function memoryOf(pid) {
  const memory = await readMemory(pid, values.native);
  return values.native ? { ...memory, allocated: await releases.allocated() } : { ...memory, allocated: 0 };
}

/** What Envoy has counted of the clients' connections. @param {string} name @returns {Promise<number>} */
async function counted(name) {
  const counts = (await releases.stats(`${name}$`))
    .filter((line) => !line.startsWith("http.admin."))
    .map((line) => Number(/: (\d+)$/.exec(line)?.[1] ?? 0));
  return counts.reduce((sum, each) => sum + each, 0);
}

/** @typedef {Awaited<ReturnType<typeof memoryOf>>} Memory */

/** @param {number} took @param {Memory} idle @param {Memory} after */
function tell(took, idle, after) {
  const count = [...answered.values()].reduce((sum, each) => sum + each, 0);
  console.log(`${updates} updates in ${took.toFixed(0)} s: ${count} right answers, ${problems.length} problems`);
  for (const [what, times] of sentAgain) {
    console.log(`${times} sent once more: ${what} on a kept connection`);
  }
  console.log([...answered].map(([version, each]) => `${version} ${each}`).join(", "));
  for (const key of /** @type {("resident" | "wasm" | "allocated")[]} */ (
    values.native ? ["resident", "allocated"] : ["resident", "wasm"]
  )) {
    const { grown, slope } = growth(samples, key);
    const peak = Math.max(...samples.map((each) => each[key]));
    console.log(
      `${key} memory: ${idle[key].toFixed(1)} MiB before, at most ${peak.toFixed(1)}, ${after[key].toFixed(1)} after the last drain, ` +
        `${grown.toFixed(2)} more from the second quarter to the last, ${slope.toFixed(2)} a minute in the second half; ` +
        `${median(key, 0, 100).toFixed(1)} in the first hundred updates, ${median(key, updates - 100, updates).toFixed(1)} in the last`,
    );
    // Natively the allocator keeps as much as the most that there was at once, which depends on how fast updates come.
    const tooMuch = values.native
      ? key === "allocated" && !(after[key] <= idle[key] + mostLeft)
      : !(grown <= mostGrown);
    if (tooMuch) {
      problems.push(`${key} memory has grown by more than ${values.native ? mostLeft : mostGrown} MiB`);
    }
  }
}

/** While there were so many updates. @param {"resident" | "wasm" | "allocated"} key @param {number} from @param {number} to */
function median(key, from, to) {
  const values = samples.filter(({ after }) => after >= from && after < to).map((each) => each[key]);
  return values.sort((left, right) => left - right)[values.length >> 1] ?? 0;
}

/** @param {number} pid @param {() => number} seconds */
async function sample(pid, seconds) {
  while (!over) {
    samples.push({ seconds: seconds(), after: updates, ...(await memoryOf(pid)) });
    await delay(250);
  }
}

/** Requests one after the other, on a connection that is kept. */
async function client() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!over) {
    try {
      const release = await ask(agent);
      answered.set(release, (answered.get(release) ?? 0) + 1);
    } catch (error) {
      problems.push(`a request failed: ${String(error)}`);
    }
    await delay(2);
  }
  agent.destroy();
}

/** Keeps those busy that misbehave; how they fail is their own. Each request has a connection of its own. */
async function badClient() {
  while (!over) {
    try {
      await new Promise((resolve, reject) => {
        const outgoing = request({ host: "127.0.0.1", port, path: "/bad", agent: false }, (response) => {
          response.resume().on("end", resolve).on("error", reject);
        });
        outgoing.on("error", reject).end();
      });
    } catch (error) {
      problems.push(`a request to those that misbehave failed: ${String(error)}`);
    }
    await delay(20);
  }
}

/** The release that has answered, alone. @param {Agent} agent @returns {Promise<string>} */
async function ask(agent, again = false) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/x", agent }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        const { "x-release": release = "none", "x-seen-passed": passed } = response.headers;
        if (response.statusCode === 200 && release === passed) {
          resolve(String(release));
        } else {
          reject(new Error(`status ${response.statusCode}, release ${String(release)}, passed ${String(passed)}`));
        }
      });
    });
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error("nothing happened")));
    outgoing.on("error", (error) => {
      if (outgoing.reusedSocket && !again) {
        sentAgain.set(error.message, (sentAgain.get(error.message) ?? 0) + 1);
        resolve(ask(agent, true));
      } else {
        const kept = outgoing.reusedSocket ? "kept" : "new";
        const after = (performance.now() - started).toFixed(0);
        reject(
          new Error(`${error.message} on a ${kept} connection after ${after} ms${again ? ", sent once more" : ""}`),
        );
      }
    });
    outgoing.end();
  });
}

/** Until new connections get this version. @param {string} version */
async function becomes(version) {
  for (const end = performance.now() + updateLimitMilliseconds; performance.now() < end; ) {
    const agent = new Agent();
    const release = await ask(agent).catch(() => "none");
    agent.destroy();
    if (release === version) {
      return true;
    }
    await delay(10);
  }
  return false;
}
