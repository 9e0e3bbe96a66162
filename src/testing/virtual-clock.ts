import type { Clock } from "../host/clock.js";
import { TimerQueue } from "../timer-queue.js";

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new TimerQueue();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): bigint {
    return BigInt(Math.round(this.#now * 1_000)) * 1_000n;
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    return this.#timers.add(this.#now + milliseconds, callback);
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer falls due; undefined without one. */
  get due(): number | undefined {
    return this.#timers.due;
  }

  /** Moves the clock on, running what falls due in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.advanceToNext(end)) {
      // One timer after the other: each may set new ones.
    }
    this.set(end);
  }

  /** Moves the clock to the next timer, if it is due by `end`, and runs it. false: there is none. */
  advanceToNext(end = Infinity): boolean {
    const { due } = this.#timers;
    const callback = this.#timers.take(end);
    if (due === undefined || callback === undefined) {
      return false;
    }
    // A timer may have been left behind by a clock that was set.
    this.#now = Math.max(this.#now, due);
    callback();
    return true;
  }

  /** Moves the clock on without running anything. */
  set(now: number): void {
    this.#now = Math.max(this.#now, now);
  }
}
