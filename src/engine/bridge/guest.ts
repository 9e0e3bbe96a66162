/** Calls into the guest. Nothing thrown there may reach the host: a module that traps is lost with all its exchanges. */
import { callArguments, context, describeError, guestFunctions, runtime, scratch } from "./state";
import {
  EXCEPTION, isException, JS_Call, JS_ExecutePendingJob, JS_FreeCString, JS_FreeValue, JS_GetException, JS_ToCStringLen2,
  JS_ToInt32, tag, UNDEFINED,
} from "./quickjs";
import { proxy_log } from "./proxy-wasm";

const LOG_ERROR = 4;

/** The guest's functions, in the order of `guestFunctionNames` in `src/engine/prelude/natives.ts`. */
export const enum Event {
  ContextCreate, VmStart, Configure, Tick,
  RequestHeaders, RequestBody, RequestTrailers, ResponseHeaders, ResponseBody, ResponseTrailers,
  HttpCallResponse, Log, Done, Delete,
}
export const EVENTS: i32 = 14;

/** The arguments are in `callArguments`. The result as an integer; `failed` when the guest threw. */
export function callGuest(event: Event, count: i32, failed: i32): i32 {
  const fn = load<i64>(guestFunctions + <usize>event * 8);
  const result = JS_Call(context, fn, UNDEFINED, count, callArguments);
  let answer = failed;
  if (isException(result)) {
    reportException();
  } else if (tag(result) == 0 || tag(result) == 1) {
    answer = <i32>result;
  } else {
    store<i32>(scratch, 0);
    JS_ToInt32(context, scratch, result);
    answer = load<i32>(scratch);
    JS_FreeValue(context, result);
  }
  runJobs();
  return answer;
}

/** Promise reactions and microtasks, until none is left. */
export function runJobs(): void {
  for (;;) {
    const outcome = JS_ExecutePendingJob(runtime, scratch);
    if (outcome == 0) return;
    if (outcome < 0) reportException();
  }
}

/** Writes the pending exception to the log: described by the prelude, by itself where that fails too. */
export function reportException(): void {
  const error = JS_GetException(context);
  let line: i64 = EXCEPTION;
  if (tag(describeError) == -1) {
    store<i64>(callArguments, error);
    line = JS_Call(context, describeError, UNDEFINED, 1, callArguments);
  }
  if (isException(line)) {
    JS_FreeValue(context, JS_GetException(context));
    writeLog(error);
  } else {
    writeLog(line);
    JS_FreeValue(context, line);
  }
  JS_FreeValue(context, error);
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
