/**
 * Which policy runs now, for what has no parameter to tell: the globals `console` and `setTimeout`. And how long it runs without a pause:
 * of one piece of code in some, since clocks take time.
 */
import { currentEvent, type Running } from "./current-event.js";
import type { UseStats } from "./use-stats.js";

/** In `FILTER_LOOP`, where no filter is to blame. */
export const codeNobodyWaitsFor = "code that nobody waits for";

/** A prime number, in step with nothing that traffic does; see `TIMED_EVERY` in `engine/bridge/use-counts.c`. */
const timedEvery = 31;
let untimed = 0;
/** Whose piece is timed; who ran before it began. */
let timed: UseStats | undefined;
let below: Running | undefined;
/** Microseconds that it has run, and when it last went on. */
let ran = 0;
let since = 0;

/** Says who runs from now on; returns who did before, for `restoreRunning`. */
export function setRunning(running: Running): Running | undefined {
  const before = currentEvent.running;
  currentEvent.running = running;
  currentEvent.lastRunning = running;
  if (before?.stats !== running.stats) {
    pieceBegins(running.stats, before);
  }
  return before;
}

/** `setRunning` for code that goes on, perhaps in an event of somebody else. */
export function resumeRunning(running: Running): Running | undefined {
  running.tellEngine();
  return setRunning(running);
}

export function restoreRunning(before: Running | undefined): void {
  if (timed !== undefined) {
    pieceEnds(currentEvent.running?.stats, before);
  }
  if (before !== undefined && before !== currentEvent.running) {
    before.tellEngine();
  }
  currentEvent.running = before;
}

/** The engine ended running code by force: nobody runs. */
export function forgetRunning(): void {
  timed?.codeRan(ran + elapsed(timed));
  timed = undefined;
  currentEvent.running = undefined;
}

/** Who runs; in a promise job, where nobody can tell, who ran last. */
export function whoRuns(): Running | undefined {
  return currentEvent.running ?? currentEvent.lastRunning;
}

function pieceBegins(stats: UseStats, before: Running | undefined): void {
  if (timed === undefined) {
    untimed += 1;
    const now = untimed < timedEvery ? undefined : stats.now();
    if (now !== undefined) {
      untimed = 0;
      timed = stats;
      below = before;
      ran = 0;
      since = now;
    }
  } else if (stats === timed) {
    since = timed.now() ?? since;
  } else if (before?.stats === timed) {
    // Another policy of its module runs in between.
    ran += elapsed(timed);
  }
}

function pieceEnds(stats: UseStats | undefined, before: Running | undefined): void {
  if (timed === undefined || before?.stats === stats) {
    return;
  }
  if (stats === timed) {
    ran += elapsed(timed);
    if (before === below) {
      timed.codeRan(ran);
      timed = undefined;
    }
  } else if (before?.stats === timed) {
    since = timed.now() ?? since;
  }
}

function elapsed(stats: UseStats): number {
  return (stats.now() ?? since) - since;
}
