/** Time and turns without sockets: one thing happens after the other, and time passes only when nothing else can happen. */
import { VirtualClock } from "../../../src/testing/virtual-clock.js";

/** A side of an exchange that acts by itself. */
export interface Driver {
  /** Does the next thing, if it can be done now. false: it cannot. */
  step(): boolean;
  /** It will do nothing more. */
  readonly over: boolean;
}

/** Somebody for whom time may pass. */
interface Waiting {
  condition(): boolean;
  what: string;
  /** When it is given up. */
  until: number;
  resolve(): void;
  reject(error: Error): void;
}

/** No wait inside an exchange is longer; a policy's ticks would go on for ever. */
const limitMilliseconds = 3_600_000;

export class World {
  readonly clock: VirtualClock;
  #drivers: Driver[] = [];
  #waiting: Waiting[] = [];
  #running = false;

  /** @param now The time of day, in milliseconds since the epoch. */
  constructor(now: number | undefined) {
    this.clock = new VirtualClock(now);
  }

  add(driver: Driver): void {
    this.#drivers.push(driver);
  }

  /** @throws Error when nothing can happen any more and the condition does not hold: something hangs. */
  runUntil(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ condition, what, until: this.clock.now() + limitMilliseconds, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  /** Lets so much time pass, and everything happen that falls due in it. */
  async advance(milliseconds: number): Promise<void> {
    let over = false;
    this.clock.schedule(milliseconds, () => {
      over = true;
    });
    await this.runUntil(() => over, `${milliseconds} ms`);
    await this.settle();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await settled();
    while (await this.#round()) {
      // As far as it goes.
    }
  }

  /** One for all who wait: else each would move the others' clock. */
  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      await settled();
      this.#release();
      if (this.#waiting.length === 0) break;
      if (!(await this.#round()) && !this.clock.advanceToNext()) this.#giveUp(Infinity);
      this.#giveUp(this.clock.now());
    }
    this.#running = false;
  }

  #release(): void {
    const released = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter((waiting) => !released.includes(waiting));
    for (const { resolve } of released) resolve();
  }

  #giveUp(now: number): void {
    const given = this.#waiting.filter(({ until }) => until < now);
    this.#waiting = this.#waiting.filter((waiting) => !given.includes(waiting));
    for (const { what, reject } of given) reject(new Error(`${what}: nothing happens any more`));
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
