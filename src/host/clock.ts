/** The host's clock, given from outside so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds since some moment, on a clock that never goes back. */
  monotonic(): bigint;
  /** Runs `callback` once after `milliseconds`; returns a function that cancels it. */
  schedule(milliseconds: number, callback: () => void): () => void;
}

/** Node runs what it is to run later than that after 1 ms; modules may ask for twice as much. */
const longestDelay = 2_147_483_647;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => process.hrtime.bigint(),
  schedule(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, longestDelay));
    return () => {
      clearTimeout(timer);
    };
  },
};
