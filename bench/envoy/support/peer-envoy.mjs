// An Envoy with one peer as its filter.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bootstrap } from "./bootstrap.mjs";
import { freePort } from "./free-port.mjs";
import { get } from "./get.mjs";
import { ChildProcess } from "./processes.mjs";

const binary = fileURLToPath(new URL("../../../.cache/envoy/1.40.0/envoy", import.meta.url));
const START_LIMIT = 60_000;
const TOKEN = { authorization: "Bearer x" };

export class PeerEnvoy {
  /** @param {import("./peers.mjs").Peer} peer @param {number} port @param {string} folder */
  constructor(peer, port, folder) {
    this.peer = peer;
    this.port = port;
    this.folder = folder;
    /** Milliseconds from the start of the process to the first answer that the filter gave, or let pass. */
    this.startMilliseconds = Number.NaN;
    /** @type {ChildProcess | undefined} */
    this.envoy = undefined;
    /** @type {ChildProcess | undefined} */
    this.service = undefined;
  }

  /** @param {import("./peers.mjs").Peer} peer */
  static async start(peer) {
    const [port, servicePort] = [await freePort(), await freePort()];
    const it = new PeerEnvoy(peer, port, await mkdtemp(join(tmpdir(), "sluice-bench-")));
    try {
      const config = join(it.folder, "envoy.json");
      await writeFile(config, JSON.stringify(await bootstrap(peer, port, servicePort)));
      if (peer.kind === "ext_authz") {
        it.service = new ChildProcess(process.execPath, [peer.file ?? "", String(servicePort)]);
        await it.#answers(servicePort, 401, it.service);
      }
      const started = performance.now();
      const options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
      it.envoy = new ChildProcess(binary, ["--config-path", config, ...options]);
      await it.#answers(port, peer.denies ? 401 : 200, it.envoy);
      it.startMilliseconds = performance.now() - started;
      return it;
    } catch (error) {
      await it.stop();
      throw error;
    }
  }

  /** @param {number} port @param {number} status @param {ChildProcess} process */
  async #answers(port, status, process) {
    const limit = performance.now() + START_LIMIT;
    let last = "no answer";
    while (performance.now() < limit && process.running) {
      try {
        const answer = await get(port, {});
        if (answer.status === status) {
          return;
        }
        last = `status ${answer.status}`;
      } catch (error) {
        last = String(error);
      }
      await delay(1);
    }
    throw new Error(`${this.peer.name}: no answer with status ${status} (${last}).\n${process.errors}`);
  }

  /** @throws when it does not behave as every peer shall */
  async verify() {
    const { denies, emptyIsAbsent = false } = this.peer;
    await this.#expect("with the header", TOKEN, true);
    await this.#expect("without the header", {}, !denies);
    await this.#expect("with an empty header", { authorization: "" }, !denies || !emptyIsAbsent);
  }

  /** @param {string} what @param {Record<string, string>} headers @param {boolean} allowed */
  async #expect(what, headers, allowed) {
    const { status, head, body } = await get(this.port, headers);
    const right = allowed
      ? status === 200 && body === "ok"
      : status === 401 &&
        body === '{ "error": "token was not present"}' &&
        /^www-authenticate: Bearer realm="oauth2"\r?$/im.test(head);
    if (!right) {
      throw new Error(`${this.peer.name}: a wrong answer to a request ${what}:\n${head}\n\n${body}`);
    }
  }

  get pid() {
    return this.envoy?.pid ?? 0;
  }

  async stop() {
    await this.envoy?.stop();
    await this.service?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
