/** Limits on what the guest's code may use: time without a pause, and memory. */
import {
  JS_GetGCThreshold, JS_RunGC, JS_SetGCThreshold, JS_SetInterruptHandler, JS_SetMemoryLimit, quickjs_end_reserve, quickjs_owner,
} from "./quickjs";
import {
  adoptedBytes, adoptedThreshold, building, callbackNanoseconds, deadline, eventNanoseconds, largestThreshold, runtime, scratch,
  setAdoptedThreshold, setCallbackNanoseconds, setCutOff, setDeadline, setEventNanoseconds, setLargestThreshold, setSuspect, suspect,
  suspicions,
} from "./state";

const MONOTONIC: i32 = 1;
/** In Node, while the module is initialised, the one clock that does not stand still. */
const PROCESS_CPU_TIME: i32 = 2;

@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: i32, precision: i64, timeOut: usize): i32;

/** The default of `limits.callbackMilliseconds`. */
const DEFAULT_CALLBACK_MILLISECONDS: i32 = 100;
/** The default of `limits.memoryBytes`. */
const DEFAULT_MEMORY_BYTES: usize = 64 << 20;

/** Bodies of that size in garbage do no harm. */
const LEAST_ADOPTED_BYTES: usize = 4 << 20;

/** How long `onConfigure` may take, and the evaluation of a policy at the build. */
export const LONG_NANOSECONDS: u64 = 5_000_000_000;
/** How long the guest has to fail an exchange whose code was cut off; it takes a millisecond where nothing stops the whole machine. */
export const CUT_OFF_NANOSECONDS: u64 = 1_000_000_000;

export function installLimits(): void {
  JS_SetInterruptHandler(runtime, onInterrupt.index, 0);
  setLimits(DEFAULT_CALLBACK_MILLISECONDS, DEFAULT_MEMORY_BYTES);
}

export function setLimits(milliseconds: i32, bytes: usize): void {
  setCallbackNanoseconds(<u64>milliseconds * 1_000_000);
  JS_SetMemoryLimit(runtime, bytes);
  setLargestThreshold(bytes - bytes / 8);
}

/**
 * QuickJS looks for garbage in cycles when the heap has grown by half since it did so last, which may be above the limit: then
 * never, and code that once used up its memory would leave none to all that comes after it. It knows nothing of the bodies that
 * garbage holds, either.
 */
export function keepCollecting(): void {
  quickjs_end_reserve(runtime);
  if (JS_GetGCThreshold(runtime) > largestThreshold) JS_SetGCThreshold(runtime, largestThreshold);
  if (adoptedBytes <= adoptedThreshold) return;
  JS_RunGC(runtime);
  setAdoptedThreshold(max(LEAST_ADOPTED_BYTES, adoptedBytes * 2));
}

/** The clock is read when the code has run for a while only: most events are over before QuickJS asks for the first time. */
export function startTimer(nanoseconds: u64): void {
  setEventNanoseconds(nanoseconds);
  setDeadline(0);
  setCutOff(false);
}

/** The running event has as long again. */
export function startAnew(): void {
  setDeadline(0);
}

/**
 * QuickJS asks this every some thousand loops and calls; true ends the code, and no `catch` or `finally` of it runs. In one event
 * jobs of several exchanges may run. Whose code was met most often at the looks at the clock has taken the time (the vote of Boyer and
 * Moore), and is ended when it runs next; what runs in between goes on.
 */
function onInterrupt(rt: usize, opaque: usize): i32 {
  clock_time_get(building ? PROCESS_CPU_TIME : MONOTONIC, 0, scratch);
  const now = load<u64>(scratch);
  const owner = quickjs_owner();
  if (deadline == 0) {
    setDeadline(now + eventNanoseconds);
    setSuspect(owner, 1);
    return 0;
  }
  if (owner == suspect) setSuspect(suspect, suspicions + 1);
  else if (suspicions > 0) setSuspect(suspect, suspicions - 1);
  else setSuspect(owner, 1);
  if (now < deadline || (owner != suspect && now < deadline + eventNanoseconds)) return 0;
  setCutOff(true);
  return 1;
}
