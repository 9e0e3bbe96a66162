// An Envoy with a peer's filters, and the load of a case on it.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { envoyBootstrap } from "./bootstrap.mjs";
import { freePort } from "./free-port.mjs";
import { get } from "./get.mjs";
import { CLIENT_CORE, ENVOY_CORE } from "./load.mjs";
import { ChildProcess, cpuTimes } from "./processes.mjs";

const binary = fileURLToPath(new URL("../../../.cache/envoy/1.40.0/envoy", import.meta.url));
const START_LIMIT = 60_000;

export class CaseEnvoy {
  /** @param {string} name @param {number} port @param {string} folder @param {ChildProcess} envoy */
  constructor(name, port, folder, envoy) {
    this.name = name;
    this.port = port;
    this.folder = folder;
    this.envoy = envoy;
    /** Milliseconds from the start of the process to the first good answer. */
    this.startMilliseconds = Number.NaN;
  }

  /** @param {import("./case-peers.mjs").CasePeer} peer @param {string} [authorization] with which requests pass */
  static async start({ name, filters }, authorization = "Bearer x") {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
    const config = join(folder, "envoy.json");
    await writeFile(config, JSON.stringify(envoyBootstrap(port, filters)));
    const started = performance.now();
    const options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
    // Bound to its core from the start, as its threads compile the modules.
    const command = ["--cpu-list", String(ENVOY_CORE), binary, "--config-path", config, ...options];
    const it = new CaseEnvoy(name, port, folder, new ChildProcess("taskset", command));
    try {
      await it.#answers(started + START_LIMIT, authorization);
    } catch (error) {
      await it.stop();
      throw error;
    }
    it.startMilliseconds = performance.now() - started;
    return it;
  }

  /** @param {number} limit @param {string} authorization */
  async #answers(limit, authorization) {
    let last = "no answer";
    while (performance.now() < limit && this.envoy.running) {
      try {
        const { status } = await get(this.port, { authorization });
        if (status === 200) {
          return;
        }
        last = `status ${status}`;
      } catch (error) {
        last = String(error);
      }
      await delay(1);
    }
    throw new Error(`${this.name}: no good answer (${last}).\n${this.envoy.errors}`);
  }

  /**
   * Microseconds of Envoy's CPU time a request.
   * @param {string} script of wrk
   * @param {{ seconds: number, connections: number, refused?: boolean }} load `refused`: all requests are, else none is
   */
  async load(script, { seconds, connections, refused = false }) {
    const { running: before } = await cpuTimes(this.envoy.pid);
    const { stdout } = await promisify(execFile)("taskset", [
      "--cpu-list",
      String(CLIENT_CORE),
      "wrk",
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "-s",
      script,
      `http://127.0.0.1:${this.port}/x`,
    ]);
    const { running: after } = await cpuTimes(this.envoy.pid);
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
    const others = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
    if (!(requests > 0) || others !== (refused ? requests : 0) || stdout.includes("Socket errors")) {
      throw new Error(`${this.name}: wrong answers under load:\n${stdout}\n${this.envoy.errors}`);
    }
    return (after - before) / requests;
  }

  async stop() {
    await this.envoy.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
