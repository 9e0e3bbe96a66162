// What a table of limits does in Envoy: whether it is right under load, whatever keys there are, and how long a decision takes.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { envoyBootstrap, wasmFilter } from "./support/bootstrap.mjs";
import { freePort } from "./support/free-port.mjs";
import { compileTo } from "./support/policy-module.mjs";
import { ChildProcess, residentMebibytes } from "./support/processes.mjs";

/** @typedef {{ worker: number, allowed: string, nanoseconds: number[], empty: number }} Decisions */

const { values: options } = parseArgs({
  options: {
    decisions: { type: "string", default: "400000" },
    invented: { type: "string", default: "3000000" },
    workers: { type: "string", default: "4" },
    batch: { type: "string", default: "100" },
    connections: { type: "string", default: "16" },
  },
});
const decisions = Number(options.decisions);
const invented = Number(options.invented);
const workers = Number(options.workers);
const batch = Number(options.batch);
const connections = Number(options.connections);
const binary = fileURLToPath(new URL("../../.cache/envoy/1.40.0/envoy", import.meta.url));
const START_LIMIT = 60_000;
const ANSWER_LIMIT = 10_000;

/** An Envoy with the policy, and a client with connections that it keeps. */
class DecidingEnvoy {
  #agent = new Agent({ keepAlive: true, maxSockets: connections });

  /** @param {number} port @param {ChildProcess} process */
  constructor(port, process) {
    this.port = port;
    this.process = process;
  }

  /** @param {string} folder @param {string} module @param {number} concurrency */
  static async start(folder, module, concurrency) {
    const port = await freePort();
    const config = join(folder, `envoy-${concurrency}.json`);
    const filter = wasmFilter("state", module, { config: {}, sluice: { name: "state", route: "bench" } });
    await writeFile(config, JSON.stringify(envoyBootstrap(port, [filter])));
    const flags = ["--concurrency", String(concurrency), "--disable-hot-restart", "--log-level", "error"];
    const envoy = new DecidingEnvoy(port, new ChildProcess(binary, ["--config-path", config, ...flags]));
    const limit = performance.now() + START_LIMIT;
    for (;;) {
      try {
        await envoy.request(undefined);
        return envoy;
      } catch (error) {
        if (performance.now() > limit || !envoy.process.running) {
          await envoy.stop();
          throw new Error(`Envoy gives no good answer (${String(error)}).\n${envoy.process.errors}`);
        }
        await delay(50);
      }
    }
  }

  async stop() {
    this.#agent.destroy();
    await this.process.stop();
  }

  /**
   * @param {string | undefined} decide
   * @returns {Promise<string>}
   */
  async request(decide) {
    return new Promise((resolve, reject) => {
      const headers = decide === undefined ? {} : { "x-decide": decide };
      const asked = get({ port: this.port, host: "127.0.0.1", agent: this.#agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (/** @type {string} */ part) => (text += part));
        response.on("error", reject).on("end", () => {
          if (response.statusCode === 200) {
            resolve(text);
          } else {
            reject(new Error(`status ${response.statusCode}`));
          }
        });
      });
      asked.on("error", reject).setTimeout(ANSWER_LIMIT, () => {
        asked.destroy(new Error("no answer in time"));
      });
    });
  }

  /** @param {string} table @param {string} prefix @param {number} first @param {number} keys @param {number} count */
  async decide(table, prefix, first, keys, count) {
    /** @type {Decisions} */
    const decided = JSON.parse(await this.request(`${table} ${prefix} ${first} ${keys} ${count}`));
    return decided;
  }

  /**
   * As many decisions as `total`, on all connections at once.
   * @param {string} table @param {string} prefix @param {number} keys @param {number} total
   * @param {(first: number, decisions: Decisions) => void | Promise<void>} onAnswer
   */
  async decideAll(table, prefix, keys, total, onAnswer) {
    let next = 0;
    const client = async () => {
      while (next < total) {
        const first = next;
        next += batch;
        await onAnswer(first, await this.decide(table, prefix, first, keys, Math.min(batch, total - first)));
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
  }
}

/**
 * Never over the limit, and how much under it.
 * @param {DecidingEnvoy} envoy @param {string} table @param {number} keys @param {number} limit
 */
async function exactness(envoy, table, keys, limit) {
  const allowed = new Uint32Array(keys);
  const seen = new Set();
  const began = performance.now();
  await envoy.decideAll(table, "k", keys, decisions, (first, answer) => {
    seen.add(answer.worker);
    for (let index = 0; index < answer.allowed.length; index++) {
      allowed[(first + index) % keys] = (allowed[(first + index) % keys] ?? 0) + Number(answer.allowed[index]);
    }
  });
  const seconds = (performance.now() - began) / 1e3;
  const due = Math.min(limit, decisions / keys);
  const over = allowed.filter((count) => count > limit).length;
  const sum = allowed.reduce((all, count) => all + count, 0);
  const under = (100 * (due * keys - sum)) / (due * keys);
  console.log(
    `${decisions} decisions over ${keys} key${keys === 1 ? "" : "s"}, ${seen.size} workers, ${seconds.toFixed(1)} s: ` +
      `${over} over, ${under.toFixed(2)} % under (at most 1)`,
  );
}

/**
 * How long decisions take, less what telling the time takes.
 * @param {string} what @param {number[]} nanoseconds @param {number[]} empty
 */
function times(what, nanoseconds, empty) {
  const sorted = Float64Array.from(nanoseconds).sort();
  const clock = Float64Array.from(empty).sort()[empty.length >> 1] ?? 0;
  const at = (/** @type {number} */ part) => ((sorted[Math.floor(sorted.length * part)] ?? NaN) - clock) / 1e3;
  const [p50, p99, p999] = [at(0.5), at(0.99), at(0.999)];
  console.log(
    `${what}: p50 ${p50.toFixed(2)} µs (at most 3), p99 ${p99.toFixed(2)} µs, p99.9 ${p999.toFixed(2)} µs ` +
      `(${sorted.length} decisions; ${(clock / 1e3).toFixed(2)} µs for the clock taken off)`,
  );
  return p999;
}

/** @param {DecidingEnvoy} envoy */
async function inventedKeys(envoy) {
  /** @type {number[]} */
  const few = [];
  /** @type {number[]} */
  const many = [];
  /** @type {number[]} */
  const empty = [];
  // What runs for the first time is not measured.
  await envoy.decideAll("few", "w", 1_000, 20_000, () => undefined);
  await envoy.decideAll("few", "f", 1_000, Math.min(invented, 500_000), (_first, answer) => {
    few.push(...answer.nanoseconds);
    empty.push(answer.empty);
  });
  const before = await residentMebibytes(envoy.process.pid);

  const used = await envoy.decide("clients", "limited", 0, 1, 20);
  let asked = 0;
  let gained = 0;
  await envoy.decideAll("clients", "i", Number.MAX_SAFE_INTEGER, invented, async (first, answer) => {
    if (many.length < 500_000 || first > invented - 500_000) {
      many.push(...answer.nanoseconds);
    }
    if (first % (batch * 100) === 0) {
      asked++;
      gained += Number((await envoy.decide("clients", "limited", 0, 1, 1)).allowed);
    }
  });
  const grown = (await residentMebibytes(envoy.process.pid)) - before;
  const first = used.allowed.split("1").length - 1;
  console.log(`${invented} invented keys: a client that had ${first} of 10 got ${gained} more, asked ${asked} times`);
  console.log(`resident memory grew by ${grown.toFixed(1)} MiB (65,536 entries are about 4 MiB)`);
  const ratio = times("decisions over invented keys", many, empty) / times("decisions over 1,000 keys", few, empty);
  console.log(`p99.9 with invented keys / with 1,000: ${ratio.toFixed(2)} (at most 3)`);
}

const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
try {
  const module = join(folder, "decide.wasm");
  await compileTo(new URL("./policies/decide.ts", import.meta.url), module);
  console.log(
    `load averages before: ${loadavg()
      .map((value) => value.toFixed(1))
      .join(" ")}`,
  );
  // Each in an Envoy of its own: shared data live as long as the process.
  for (const measure of [
    (/** @type {DecidingEnvoy} */ envoy) => exactness(envoy, "many", 10_000, 30),
    (/** @type {DecidingEnvoy} */ envoy) => exactness(envoy, "one", 1, 200_000),
    inventedKeys,
  ]) {
    // Time is measured on one worker: several would wait for each other, and for cores.
    const envoy = await DecidingEnvoy.start(folder, module, measure === inventedKeys ? 1 : workers);
    try {
      await measure(envoy);
    } finally {
      await envoy.stop();
    }
  }
  console.log(
    `load averages after: ${loadavg()
      .map((value) => value.toFixed(1))
      .join(" ")}`,
  );
} finally {
  await rm(folder, { recursive: true });
}
