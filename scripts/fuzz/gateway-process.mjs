/** A gateway as users run it, in a process of its own that is asked for its memory and descriptors. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const vitals = new URL("vitals.mjs", import.meta.url).href;

const mostDefects = 40;

/** @typedef {{ rss: number, heapUsed: number }} Memory bytes, garbage collected */

export class GatewayProcess {
  /** Lines of its log that it must not have. @type {string[]} */
  defects = [];
  port = 0;
  /** How it ended; undefined while it runs. @type {string | undefined} */
  ended;
  #process;
  #isDefect;

  /** @param {string[]} args of the command line @param {{ cwd: string, isDefect: (line: string) => boolean }} options which lines its log must not have */
  constructor(args, { cwd, isDefect }) {
    this.#process = spawn(process.execPath, ["--expose-gc", "--import", vitals, main, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#process.on("exit", (code, signal) => {
      this.ended = `code ${code}, signal ${signal}`;
    });
    this.#isDefect = isDefect;
    const { stderr } = this.#process;
    createInterface({ input: /** @type {import("node:stream").Readable} */ (stderr) }).on("line", (line) =>
      this.#log(line),
    );
  }

  get pid() {
    return /** @type {number} */ (this.#process.pid);
  }

  /** Waits until it listens. */
  async listening() {
    const lines = createInterface({ input: /** @type {import("node:stream").Readable} */ (this.#process.stdout) });
    const died = once(this.#process, "exit").then(() => {
      throw new Error(
        `The gateway ended (${this.ended}); has dist/ been built (npm run build)?\n${this.defects.join("\n")}`,
      );
    });
    const [line] = await Promise.race([once(lines, "line"), died]);
    died.catch(() => undefined);
    this.port = Number(new URL(/https?:\/\/\S+/.exec(line)?.[0] ?? line).port);
  }

  /** Open file descriptors. */
  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** @returns {Promise<Memory>} */
  async memory() {
    this.#process.send("memory");
    const [memory] = /** @type {[Memory]} */ (await once(this.#process, "message"));
    return memory;
  }

  /** @param {string} line */
  #log(line) {
    if (!this.#isDefect(line)) {
      return;
    }
    this.defects.push(line);
    if (this.defects.length > mostDefects) {
      // The last lines tell what a process ended of.
      this.defects.splice(mostDefects / 2, 1);
    }
  }

  async stop() {
    if (this.ended === undefined) {
      this.#process.kill();
      await once(this.#process, "exit");
    }
  }
}
