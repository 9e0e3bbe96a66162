/** What a gateway under load uses, watched from its start to its end. */

/** @typedef {import("./gateway-process.mjs").GatewayProcess} GatewayProcess */

const mebibyte = 2 ** 20;
/** How much the heap, or the process, may grow from the first half to the end: what code that is compiled late takes. */
const allowedGrowth = { heapUsed: 24 * mebibyte, rss: 96 * mebibyte };
/** Connections that are kept to be used again. */
const allowedDescriptors = 8;
/** Longer than everything in the gateway that has a limit. */
const settleMilliseconds = 10_000;

export class Watch {
  #gateway;
  #descriptorsAtStart;
  /** @type {(import("./gateway-process.mjs").Memory & { at: number })[]} */
  #samples = [];
  #started = Date.now();

  /** To be made when the gateway has served its first requests and is idle. @param {GatewayProcess} gateway */
  constructor(gateway) {
    this.#gateway = gateway;
    this.#descriptorsAtStart = gateway.descriptors();
    this.peakDescriptors = this.#descriptorsAtStart;
  }

  async sample() {
    this.peakDescriptors = Math.max(this.peakDescriptors, this.#gateway.descriptors());
    this.#samples.push({ ...(await this.#gateway.memory()), at: Date.now() - this.#started });
  }

  /** What it uses now, for people. */
  get text() {
    const { rss, heapUsed } = this.#samples.at(-1) ?? { rss: 0, heapUsed: 0 };
    return `fds ${this.#gateway.descriptors()}, rss ${inMebibytes(rss)}, heap ${inMebibytes(heapUsed)}`;
  }

  /** Waits until the descriptors are back. @returns {Promise<string | undefined>} what is wrong */
  async descriptorsProblem() {
    const allowed = this.#descriptorsAtStart + allowedDescriptors;
    const end = Date.now() + settleMilliseconds;
    while (this.#gateway.descriptors() > allowed) {
      if (Date.now() > end) {
        return `${this.#gateway.descriptors()} descriptors are open at the end, ${this.#descriptorsAtStart} were at the start`;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return undefined;
  }

  /** Compares the best of the second and of the last quarter, both under load. @returns {string[]} what is wrong */
  memoryProblems() {
    const total = this.#samples.at(-1)?.at ?? 0;
    const least = (/** @type {"rss" | "heapUsed"} */ what, /** @type {number} */ from, /** @type {number} */ to) =>
      Math.min(
        ...this.#samples.filter(({ at }) => at > total * from && at <= total * to).map((sample) => sample[what]),
      );
    return /** @type {const} */ (["heapUsed", "rss"]).flatMap((what) => {
      const before = least(what, 0.25, 0.5);
      const after = least(what, 0.75, 1);
      const grown = after - before;
      return grown > allowedGrowth[what]
        ? [`${what} has grown from ${inMebibytes(before)} to ${inMebibytes(after)} since the first half`]
        : [];
    });
  }
}

/** @param {number} bytes */
function inMebibytes(bytes) {
  return `${(bytes / mebibyte).toFixed(0)} MiB`;
}
