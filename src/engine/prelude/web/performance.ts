/**
 * `performance` of the High Resolution Time standard: `now()` and `timeOrigin`, the moment when this instance of the module began.
 * QuickJS counts from the build, when the clock says 0; the first use in an instance sets the origin.
 */
import { defineGlobals } from "../globals.js";

/** The host's monotonic clock, in milliseconds. */
const monotonic = performance.now.bind(performance);

let origin: { readonly monotonic: number; readonly epoch: number } | undefined;

/** undefined while the policy is loaded: time stands still then. */
function start(): { readonly monotonic: number; readonly epoch: number } | undefined {
  if (origin !== undefined) {
    return origin;
  }
  const now = monotonic();
  if (now === 0) {
    return undefined;
  }
  origin = { monotonic: now, epoch: Date.now() };
  return origin;
}

class Performance {
  now(): number {
    const began = start();
    return began === undefined ? 0 : monotonic() - began.monotonic;
  }

  get timeOrigin(): number {
    return start()?.epoch ?? 0;
  }

  toJSON(): { timeOrigin: number } {
    return { timeOrigin: this.timeOrigin };
  }
}

defineGlobals({ performance: new Performance() });
