/** Limits on what the guest's code may use: time without a pause, and memory. */
import {
  JS_GetGCThreshold, JS_RunGC, JS_SetGCThreshold, JS_SetInterruptHandler, JS_SetMemoryLimit, quickjs_end_reserve, quickjs_owner,
  quickjs_work_done,
} from "./quickjs";
import {
  adoptedBytes, adoptedThreshold, building, callbackNanoseconds, deadline, eventNanoseconds, largestThreshold, lead, runtime, scratch,
  setAdoptedThreshold, setCallbackNanoseconds, setCutOff, setDeadline, setEventNanoseconds, setLargestThreshold, setSuspect,
  setWorkDone, suspect, workDone,
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
/**
 * For each round of a loop so many nanoseconds of the limit: no machine is so slow. Code that has done less than what the limit comes
 * to has not taken the time, however late the clock says that it is; the machine ran something else.
 */
const NANOSECONDS_A_ROUND: u64 = 1000;
/** So much more must be done altogether before somebody is ended who has not done most of it. */
const ALL: i64 = 10;
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
 * jobs of several exchanges may run. Who has done most of the work (the vote of Boyer and Moore, a round of a loop a voice) has taken
 * the time, and is ended when it runs next; what runs in between goes on. Where nobody has, as when two wake each other for ever,
 * somebody must end all the same: who runs when twice the time is over.
 */
function onInterrupt(rt: usize, opaque: usize): i32 {
  clock_time_get(building ? PROCESS_CPU_TIME : MONOTONIC, 0, scratch);
  const now = load<u64>(scratch);
  const owner = quickjs_owner();
  const work = <i64>quickjs_work_done();
  if (deadline == 0) {
    // The work until now may be that of events before this one, or of the build.
    setDeadline(now + eventNanoseconds);
    setSuspect(owner, 0);
    setWorkDone(0);
    return 0;
  }
  setWorkDone(workDone + work);
  if (owner == suspect) setSuspect(suspect, lead + work);
  else if (lead >= work) setSuspect(suspect, lead - work);
  else setSuspect(owner, work - lead);
  if (now < deadline) return 0;
  const least = <i64>(eventNanoseconds / NANOSECONDS_A_ROUND);
  const hasMost = owner == suspect && lead >= least;
  if (!hasMost && (now < deadline + eventNanoseconds || workDone < least * ALL)) return 0;
  setCutOff(true);
  return 1;
}
