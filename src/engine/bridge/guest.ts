/** Calls into the guest. Nothing thrown there may reach the host: a module that traps is lost with all its exchanges. */
import {
  callArguments, context, cutOff, describeError, eventNanoseconds, guest, guestFunctions, rejectionsTracked, reportRejections,
  runningContext, runtime, scratch, setRejectionsTracked, setStopped, stopped, trackRejection,
} from "./state";
import {
  free, fromBool, fromInt, isException, isUndefined, JS_Call, JS_ExecutePendingJob, JS_FreeCString, JS_FreeValue, JS_GetException,
  JS_ToCStringLen2, JS_ToInt32, malloc, quickjs_drop_jobs, quickjs_owner, quickjs_set_owner, tag, UNDEFINED,
} from "./quickjs";
import { EVENT_CUT_OFF } from "./event-numbers";
import { keepCollecting, CUT_OFF_NANOSECONDS, startTimer } from "./limits";
import { proxy_log } from "./proxy-wasm";

const LOG_ERROR = 4;
const STOP_ITERATION = 1;
/** No answer of a guest's function is negative. */
export const FAILED = -1;

export function guestFunction(event: i32): i64 {
  return load<i64>(guestFunctions + <usize>event * 8);
}

// @ts-ignore: decorator
@inline export function setArgument(index: i32, value: i64): void {
  store<i64>(callArguments + <usize>index * 8, value);
}

/** The arguments are in `callArguments`. The result as an integer; `failed` when the guest threw or was cut off. */
export function callGuest(event: i32, count: i32, failed: i32): i32 {
  const result = JS_Call(context, guestFunction(event), guest, count, callArguments);
  let answer = failed;
  setStopped(false);
  if (isException(result)) {
    recover(true);
  } else if (tag(result) == 0 || tag(result) == 1) {
    answer = <i32>result;
  } else if (!isUndefined(result)) {
    store<i32>(scratch, 0);
    JS_ToInt32(context, scratch, result);
    answer = load<i32>(scratch);
    JS_FreeValue(context, result);
  }
  runJobs();
  keepCollecting();
  return stopped ? STOP_ITERATION : answer;
}

/** Promise reactions and microtasks, until none is left. */
export function runJobs(): void {
  const owner = quickjs_owner();
  for (;;) {
    const outcome = JS_ExecutePendingJob(runtime, scratch);
    if (outcome == 0) break;
    if (outcome < 0) recover(false);
  }
  quickjs_set_owner(owner);
  if (!rejectionsTracked) return;
  setRejectionsTracked(false);
  startTimer(eventNanoseconds);
  const result = JS_Call(context, reportRejections, UNDEFINED, 0, callArguments);
  if (isException(result)) reportException();
}

/** QuickJS tells of a promise that is rejected while nobody handles it, and again when somebody does later. */
export function onRejection(c: usize, promise: i64, reason: i64, handled: i32, opaque: usize): void {
  setRejectionsTracked(true);
  const values = malloc(24);
  store<i64>(values, promise);
  store<i64>(values, reason, 8);
  store<i64>(values, fromBool(handled != 0), 16);
  const result = JS_Call(context, trackRejection, UNDEFINED, 3, values);
  if (isException(result)) JS_FreeValue(context, JS_GetException(context));
  free(values);
}

/**
 * Something was thrown out of the guest; or its code was cut off, and then the guest itself fails the exchange whose code it was.
 * Where that is the event's own, the event's answer must not let it go on. `ofEvent`: the event's own call came to no end.
 */
export function recover(ofEvent: bool): void {
  if (!cutOff) {
    reportException();
    return;
  }
  const culprit = quickjs_owner();
  const limit = eventNanoseconds;
  // A loop would else go on in the next job, and be cut off for ever where the clock is looked at in step with it.
  quickjs_drop_jobs(runtime, culprit);
  // No code of the policy runs in what follows; cut off half-way it would leave the exchange without its answer.
  const line = describe(CUT_OFF_NANOSECONDS);
  startTimer(CUT_OFF_NANOSECONDS);
  store<i64>(callArguments, fromInt(culprit));
  store<i64>(callArguments, line, 8);
  store<i64>(callArguments, fromBool(ofEvent), 16);
  const result = JS_Call(context, guestFunction(EVENT_CUT_OFF), guest, 3, callArguments);
  startTimer(limit);
  JS_FreeValue(context, line);
  if (isException(result)) reportException();
  else if (culprit == runningContext) setStopped(true);
}

/** Writes the pending exception to the log. */
export function reportException(): void {
  const line = describe(eventNanoseconds);
  writeLog(line);
  JS_FreeValue(context, line);
}

/** The pending exception as a text: by the prelude, as itself where that fails too. */
function describe(limit: u64): i64 {
  const error = JS_GetException(context);
  if (tag(describeError) != -1) return error;
  startTimer(limit);
  store<i64>(callArguments, error);
  const line = JS_Call(context, describeError, UNDEFINED, 1, callArguments);
  if (isException(line)) {
    JS_FreeValue(context, JS_GetException(context));
    return error;
  }
  JS_FreeValue(context, error);
  return line;
}

function writeLog(value: i64): void {
  const text = JS_ToCStringLen2(context, scratch, value, 0);
  if (!text) {
    JS_FreeValue(context, JS_GetException(context));
    return;
  }
  proxy_log(LOG_ERROR, text, load<usize>(scratch));
  JS_FreeCString(context, text);
}
