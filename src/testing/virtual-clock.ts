import type { Clock } from "../host/clock.js";

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

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
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer falls due; undefined without one. */
  get due(): number | undefined {
    let due: number | undefined;
    for (const { at } of this.#timers) {
      if (due === undefined || at < due) {
        due = at;
      }
    }
    return due;
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
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) {
        next = timer;
      }
    }
    if (next === undefined) {
      return false;
    }
    this.#timers.delete(next);
    // A timer may have been left behind by a clock that was set.
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }

  /** Moves the clock on without running anything. */
  set(now: number): void {
    this.#now = Math.max(this.#now, now);
  }
}
