// The upstream of policies/of-chaos.ts: is told of every run of its singleton and of every effect under its lock, and says what was wrong with them.
import { createServer } from "node:http";

/** A run that an update or a trap has broken off is heard of within so many milliseconds. */
const breakMilliseconds = 250;
/** docs/services/schedule.md: a run begins at most so much after it was due, whatever has become of the worker that began the one before. */
const latestMilliseconds = 6_000;
const periodMilliseconds = 200;
/** For a machine that is busy, and a client's request on its way to the monitor. */
const graceMilliseconds = 2_000;
/** How long the monitor keeps a run: some take longer than a period, so that another worker wakes up meanwhile. */
const keptMilliseconds = [10, 10, 10, 450];
const trapShare = 0.01;

/** @typedef {{ fence: number, ended: boolean, broken: boolean }} Run */

export class Monitor {
  runs = 0;
  brokenRuns = 0;
  trapsAsked = 0;
  refused = 0;
  longestPause = 0;
  /** @type {string[]} */
  problems = [];
  /** Effects that the storage has accepted, by the version that it gave. @type {Map<number, number>} */
  accepted = new Map();
  /** @type {Set<Run>} */
  #going = new Set();
  #lastFence = 0;
  #lastBegin = performance.now();
  #server = createServer((request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    const { "x-fence": fence, "x-version": version, "x-release": release } = request.headers;
    if (release === undefined) {
      this.problems.push(`${request.url} passed without the policy`);
    }
    if (request.url === "/run") {
      this.#run(Number(fence), response);
    } else if (request.url === "/effect") {
      this.#effect(Number(fence), String(version));
      response.end();
    } else {
      response.end("served");
    }
  });

  /** @returns {Promise<string>} its origin */
  async start() {
    this.#server.keepAliveTimeout = 0;
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Envoy serves: from now on runs must begin. */
  begins() {
    this.#lastBegin = performance.now();
    this.longestPause = 0;
    this.problems = [];
  }

  /** What was wrong until now. */
  verdict() {
    this.#paused(performance.now());
    let highest = 0;
    const found = [...this.problems];
    for (const [version, fence] of [...this.accepted].sort(([a], [b]) => a - b)) {
      if (fence < highest) {
        found.push(
          `an effect with the outdated fencing number ${fence} was stored as version ${version}, after ${highest}`,
        );
      }
      highest = Math.max(highest, fence);
    }
    return found;
  }

  /** @param {number} fence @param {import("node:http").ServerResponse} response */
  #run(fence, response) {
    const now = performance.now();
    this.#paused(now);
    this.#lastBegin = now;
    this.runs++;
    if (!(fence > this.#lastFence)) {
      this.problems.push(`a run has the fencing number ${fence}, the one before had ${this.#lastFence}`);
    }
    this.#lastFence = Math.max(fence, this.#lastFence);
    this.#noneBeside(fence);
    /** @type {Run} */
    const run = { fence, ended: false, broken: false };
    this.#going.add(run);
    response.on("close", () => {
      run.broken = !run.ended;
      this.brokenRuns += run.broken ? 1 : 0;
      this.#going.delete(run);
    });
    const trap = Math.random() < trapShare;
    this.trapsAsked += trap ? 1 : 0;
    const kept = keptMilliseconds[Math.floor(Math.random() * keptMilliseconds.length)];
    setTimeout(() => {
      run.ended = true;
      response.end(trap ? "trap" : "go on");
    }, kept);
  }

  /** The others that go on were broken off, as will be heard, or there are two. @param {number} fence */
  #noneBeside(fence) {
    const others = [...this.#going];
    if (others.length > 0) {
      setTimeout(() => {
        for (const other of others.filter(({ broken }) => !broken)) {
          this.problems.push(`the runs ${other.fence} and ${fence} went on at the same time`);
        }
      }, breakMilliseconds);
    }
  }

  /** @param {number} now */
  #paused(now) {
    const pause = now - this.#lastBegin;
    this.longestPause = Math.max(this.longestPause, pause);
    if (pause > periodMilliseconds + latestMilliseconds + graceMilliseconds) {
      this.problems.push(`no run began for ${pause.toFixed(0)} ms`);
    }
  }

  /** @param {number} fence @param {string} version empty: the storage has refused it */
  #effect(fence, version) {
    if (version === "") {
      this.refused++;
    } else {
      this.accepted.set(Number(version), fence);
    }
  }
}
