/** The proxy-wasm callbacks. Each calls the guest's function of that name; a guest that throws fails closed. */
import { callArguments, continueRequested, enterEvent, leaveEvent } from "./state";
import { fromBool, fromInt, malloc } from "./quickjs";
import { callGuest, Event } from "./guest";
import { proxy_close_stream, proxy_send_local_response, proxy_set_effective_context } from "./proxy-wasm";

const NO_STREAM = -1;
const REQUEST = 0;
const RESPONSE = 1;
const CONTINUE = 0;
const STOP_ITERATION = 1;
const STOP_AND_WATERMARK = 2;
/** No answer of a guest's function is negative. */
const FAILED = -1;

// @ts-ignore: decorator
@inline function setArgument(index: i32, value: i64): void {
  store<i64>(callArguments + <usize>index * 8, value);
}

/** An event of a half of an exchange: (context, size or count, end of stream). */
function streamEvent(event: Event, stream: i32, contextId: i32, size: i32, endOfStream: i32, count: i32): i32 {
  enterEvent(contextId, stream);
  setArgument(0, fromInt(contextId));
  setArgument(1, fromInt(size));
  setArgument(2, fromBool(endOfStream != 0));
  const answer = callGuest(event, count, FAILED);
  const goOn = continueRequested;
  leaveEvent();
  if (answer == FAILED) return failClosed(event, contextId);
  return goOn ? CONTINUE : answer;
}

/** 500 while the response's head is not out, a reset afterwards. */
function failClosed(event: Event, contextId: i32): i32 {
  proxy_set_effective_context(contextId);
  if (event == Event.ResponseBody || event == Event.ResponseTrailers) {
    proxy_close_stream(RESPONSE);
    return event == Event.ResponseBody ? STOP_AND_WATERMARK : STOP_ITERATION;
  }
  proxy_send_local_response(500, 0, 0, 0, 0, 0, 0, -1);
  return STOP_ITERATION;
}

/** An event of a context as a whole. */
function contextEvent(event: Event, contextId: i32, argument: i32, count: i32, failed: i32): i32 {
  enterEvent(contextId, NO_STREAM);
  setArgument(0, fromInt(contextId));
  setArgument(1, fromInt(argument));
  const answer = callGuest(event, count, failed);
  leaveEvent();
  return answer;
}

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return malloc(size);
}

export function proxy_on_context_create(contextId: i32, parentContextId: i32): void {
  contextEvent(Event.ContextCreate, contextId, parentContextId, 2, 0);
}

export function proxy_on_vm_start(rootContextId: i32, vmConfigurationSize: i32): i32 {
  return contextEvent(Event.VmStart, rootContextId, vmConfigurationSize, 2, 0);
}

export function proxy_on_configure(rootContextId: i32, pluginConfigurationSize: i32): i32 {
  return contextEvent(Event.Configure, rootContextId, pluginConfigurationSize, 2, 0);
}

export function proxy_on_tick(rootContextId: i32): void {
  contextEvent(Event.Tick, rootContextId, 0, 1, 0);
}

export function proxy_on_request_headers(contextId: i32, headerCount: i32, endOfStream: i32): i32 {
  return streamEvent(Event.RequestHeaders, REQUEST, contextId, headerCount, endOfStream, 3);
}

export function proxy_on_request_body(contextId: i32, bodySize: i32, endOfStream: i32): i32 {
  return streamEvent(Event.RequestBody, REQUEST, contextId, bodySize, endOfStream, 3);
}

export function proxy_on_request_trailers(contextId: i32, trailerCount: i32): i32 {
  return streamEvent(Event.RequestTrailers, REQUEST, contextId, trailerCount, 0, 2);
}

export function proxy_on_response_headers(contextId: i32, headerCount: i32, endOfStream: i32): i32 {
  return streamEvent(Event.ResponseHeaders, RESPONSE, contextId, headerCount, endOfStream, 3);
}

export function proxy_on_response_body(contextId: i32, bodySize: i32, endOfStream: i32): i32 {
  return streamEvent(Event.ResponseBody, RESPONSE, contextId, bodySize, endOfStream, 3);
}

export function proxy_on_response_trailers(contextId: i32, trailerCount: i32): i32 {
  return streamEvent(Event.ResponseTrailers, RESPONSE, contextId, trailerCount, 0, 2);
}

export function proxy_on_http_call_response(
  rootContextId: i32, token: i32, headerCount: i32, bodySize: i32, trailerCount: i32,
): void {
  enterEvent(rootContextId, NO_STREAM);
  setArgument(0, fromInt(rootContextId));
  setArgument(1, fromInt(token));
  setArgument(2, fromInt(headerCount));
  setArgument(3, fromInt(bodySize));
  setArgument(4, fromInt(trailerCount));
  callGuest(Event.HttpCallResponse, 5, 0);
  leaveEvent();
}

export function proxy_on_log(contextId: i32): void {
  contextEvent(Event.Log, contextId, 0, 1, 0);
}

export function proxy_on_done(contextId: i32): i32 {
  return contextEvent(Event.Done, contextId, 0, 1, 1);
}

export function proxy_on_delete(contextId: i32): void {
  contextEvent(Event.Delete, contextId, 0, 1, 0);
}
