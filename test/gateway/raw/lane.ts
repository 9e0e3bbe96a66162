/** A proxy with an upstream of its own: rows that share it run one after another, so that what comes to the upstream is theirs. */
import type { RecordingUpstream } from "./recording-upstream.js";

export interface Lane {
  /** Where the proxy listens. */
  port: number;
  upstream: RecordingUpstream;
  close(): Promise<void>;
}

/** Lanes that are used again as long as nothing can be left over on them. */
export class Lanes {
  readonly #open: (index: number) => Promise<Lane>;
  readonly #free: number[];
  readonly #lanes = new Map<number, Lane>();
  readonly #waiting: ((index: number) => void)[] = [];

  /** @param open opens the lane with that number, again where it was closed. */
  constructor(count: number, open: (index: number) => Promise<Lane>) {
    this.#open = open;
    this.#free = Array.from({ length: count }, (_, index) => index);
  }

  /** @param run tells whether the lane is clean afterwards */
  async use(run: (lane: Lane) => Promise<boolean>): Promise<void> {
    const index = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    let clean = false;
    try {
      let lane = this.#lanes.get(index);
      if (lane === undefined) {
        lane = await this.#open(index);
        this.#lanes.set(index, lane);
      }
      clean = await run(lane);
    } finally {
      if (!clean) {
        const lane = this.#lanes.get(index);
        this.#lanes.delete(index);
        await lane?.close();
      }
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free.push(index);
      } else {
        next(index);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#lanes.clear();
  }
}
