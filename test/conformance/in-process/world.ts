/** Time and turns without sockets: one thing happens after the other, and time passes only when nothing else can happen. */
import { VirtualClock } from "../../../src/testing/virtual-clock.js";

/** A side of an exchange that acts by itself. */
export interface Driver {
  /** Does the next thing, if it can be done now. false: it cannot. */
  step(): boolean;
  /** It will do nothing more. */
  readonly over: boolean;
}

/** No wait inside an exchange is longer; a policy's ticks would go on for ever. */
const limitMilliseconds = 3_600_000;

export class World {
  readonly clock = new VirtualClock();
  #drivers: Driver[] = [];

  add(driver: Driver): void {
    this.#drivers.push(driver);
  }

  /** @throws Error when nothing can happen any more and the condition does not hold: something hangs. */
  async runUntil(condition: () => boolean, what: string): Promise<void> {
    const end = this.clock.now() + limitMilliseconds;
    for (;;) {
      await settled();
      if (condition()) return;
      if (await this.#round()) continue;
      if (this.clock.now() > end || !this.clock.advanceToNext()) throw new Error(`${what}: nothing happens any more`);
    }
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await settled();
    while (await this.#round()) {
      // As far as it goes.
    }
  }

  async #round(): Promise<boolean> {
    let moved = false;
    for (const driver of [...this.#drivers]) {
      if (!driver.over && driver.step()) {
        moved = true;
        await settled();
      }
    }
    this.#drivers = this.#drivers.filter(({ over }) => !over);
    return moved;
  }
}

/** A macrotask later: all promise jobs have run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
