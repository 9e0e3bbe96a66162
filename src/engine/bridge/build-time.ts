/** What the snapshot calls in Node while it initialises a module. Not exported by the finished module. */
import {
  callArguments, context, crossings, guestFunctions, runtime, scratch, setAreas, setBuilt, setErrorFunctions, setGuest, setRandom, setRuntime,
} from "./state";
import {
  EXCEPTION, isException, isUndefined, js_free, JS_Call, JS_EvalFunction, JS_FreeValue, JS_GetPropertyUint32, JS_NewArray,
  JS_NewCFunction2, JS_NewRuntime, JS_ReadObject, JS_RunGC, JS_SetGCThreshold, JS_SetHostPromiseRejectionTracker, JS_SetMaxStackSize, JS_SetPropertyUint32,
  JS_UpdateStackTop, JS_WriteObject, malloc, quickjs_compile, quickjs_head_function, quickjs_new_context, quickjs_wipe, UNDEFINED,
} from "./quickjs";
import { createContextTable } from "./contexts";
import { CROSSING_BYTES } from "./crossing";
import { GUEST_FUNCTIONS } from "./event-numbers";
import { guestFunction, onRejection, reportException, runJobs } from "./guest";
import { HOSTCALLS, hostcallAt } from "./hostcalls";
import { installLimits, LONG_NANOSECONDS, startTimer } from "./limits";
import { PLATFORM_FUNCTIONS, platformFunctionAt } from "./platform";

/** QuickJS counts linear memory, while the host's native stack runs out first: above this, deep recursion traps the module. */
const STACK_BYTES = 64 * 1024;
/** The most that a hostcall takes: QuickJS fills missing arguments up to it. */
const LONGEST_PARAMETERS = 6;
/** QuickJS looks for garbage cycles when its heap has grown to this; later it chooses by itself. */
const GC_THRESHOLD_BYTES: usize = 4 << 20;
/** Functions of `quickjs/heads.c`. */
const HEAD_FUNCTIONS: i32 = 2;
const SCRATCH_BYTES: usize = 64;
const BYTECODE = 1;
const WITHOUT_SOURCE = 1 << 4;

/** Whether the guest has the function at that place of `guestFunctionNames`. */
export function engine_has(event: i32): bool {
  return !isUndefined(guestFunction(event));
}

export function engine_allocate(size: usize): usize {
  return malloc(size);
}

/** Overwrites what is free in the heap: source texts, syntax trees, whatever the policy computed with. */
export function engine_wipe(): void {
  quickjs_wipe(runtime);
}

/**
 * Evaluates the prelude, then the policy's bundle (a function of `module` and `exports`), and takes over the guest's functions.
 * Source texts and names end in a zero byte. 0: done; else the log says what was thrown.
 */
export function engine_start(
  prelude: usize, preludeLength: usize, preludeName: usize, bundle: usize, bundleLength: usize, bundleName: usize,
): i32 {
  setRuntime(JS_NewRuntime(), 0);
  // Nothing to protect here, and big bundles nest deeply while they are parsed.
  JS_SetMaxStackSize(runtime, 0);
  setRuntime(runtime, quickjs_new_context(runtime));
  setAreas(malloc(SCRATCH_BYTES), malloc(CROSSING_BYTES), malloc(64), malloc(GUEST_FUNCTIONS * 8));
  memory.fill(crossings, 0, CROSSING_BYTES);
  createContextTable();
  installLimits();
  startTimer(LONG_NANOSECONDS);

  const install = evaluate(prelude, preludeLength, preludeName);
  const start = call(install, nativeFunctions());
  if (isException(start)) return fail();
  setErrorFunctions(
    JS_GetPropertyUint32(context, start, 1), JS_GetPropertyUint32(context, start, 2), JS_GetPropertyUint32(context, start, 3),
  );
  JS_SetHostPromiseRejectionTracker(runtime, onRejection.index, 0);
  const factory = evaluate(bundle, bundleLength, bundleName);
  if (isException(factory)) return fail();
  // The guest, then its functions.
  const started = call(JS_GetPropertyUint32(context, start, 0), factory);
  JS_FreeValue(context, start);
  if (isException(started)) return fail();
  setGuest(JS_GetPropertyUint32(context, started, 0));
  for (let i = 0; i < GUEST_FUNCTIONS; i++) {
    store<i64>(guestFunctions + <usize>i * 8, JS_GetPropertyUint32(context, started, i + 1));
  }
  JS_FreeValue(context, started);
  runJobs();
  JS_RunGC(runtime);
  JS_SetGCThreshold(runtime, GC_THRESHOLD_BYTES);

  setRandom(0, false);
  // Nothing of this run may be left in the module.
  startTimer(0);
  memory.fill(scratch, 0, SCRATCH_BYTES);
  setBuilt();
  JS_UpdateStackTop(runtime);
  JS_SetMaxStackSize(runtime, STACK_BYTES);
  return 0;
}

/**
 * The value of a script. Functions keep their source for `toString`, each one that of those inside it again: more than all
 * their code. Written and read back without it they keep names, lines and columns.
 */
function evaluate(source: usize, length: usize, name: usize): i64 {
  const compiled = quickjs_compile(context, source, length, name);
  if (isException(compiled)) return compiled;
  const bytes = JS_WriteObject(context, scratch, compiled, BYTECODE | WITHOUT_SOURCE);
  JS_FreeValue(context, compiled);
  if (!bytes) return EXCEPTION;
  const stripped = JS_ReadObject(context, bytes, load<usize>(scratch), BYTECODE);
  js_free(context, bytes);
  return isException(stripped) ? stripped : JS_EvalFunction(context, stripped);
}

/** Calls and consumes a function with one consumed argument. */
function call(fn: i64, argument: i64): i64 {
  if (isException(fn)) return fn;
  store<i64>(callArguments, argument);
  const result = JS_Call(context, fn, UNDEFINED, 1, callArguments);
  JS_FreeValue(context, argument);
  JS_FreeValue(context, fn);
  return result;
}

function nativeFunctions(): i64 {
  const list = JS_NewArray(context);
  // The name: an empty C string.
  store<u8>(callArguments, 0);
  for (let i = 0; i < HOSTCALLS + PLATFORM_FUNCTIONS; i++) {
    const native = i < HOSTCALLS ? hostcallAt(i) : platformFunctionAt(i - HOSTCALLS);
    const fn = JS_NewCFunction2(context, <usize>native.index, callArguments, LONGEST_PARAMETERS, 0, 0);
    JS_SetPropertyUint32(context, list, i, fn);
  }
  for (let i = 0; i < HEAD_FUNCTIONS; i++) {
    JS_SetPropertyUint32(context, list, HOSTCALLS + PLATFORM_FUNCTIONS + i, quickjs_head_function(context, i));
  }
  return list;
}

function fail(): i32 {
  reportException();
  return 1;
}
