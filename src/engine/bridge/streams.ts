/** The two hostcalls with which the bridge must know what happens. */
import { i32Argument } from "./crossing";
import { fromInt } from "./quickjs";
import { proxy_continue_stream, proxy_set_effective_context } from "./proxy-wasm";
import { effectiveContext, requestContinue, runningContext, runningStream, setEffective } from "./state";

export function setEffectiveContext(c: usize, self: i64, count: i32, values: usize): i64 {
  const contextId = i32Argument(values, 0);
  const status = proxy_set_effective_context(contextId);
  if (status == 0) setEffective(contextId);
  return fromInt(status);
}

/**
 * A stream cannot be told to go on inside its own callback (the callback's answer would stop it again): there the answer
 * itself becomes "continue". It happens whenever a filter settles in the jobs that run at the end of the callback.
 */
export function continueStream(c: usize, self: i64, count: i32, values: usize): i64 {
  const stream = i32Argument(values, 0);
  if (stream == runningStream && effectiveContext == runningContext) {
    requestContinue();
    return fromInt(0);
  }
  return fromInt(proxy_continue_stream(stream));
}
