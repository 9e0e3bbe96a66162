/**
 * `Hostcalls` of `src/abi/port.ts` as QuickJS C functions. The prelude gives them their names: the order of `hostcalls` at the
 * end is the order of `nativeNames` in `src/engine/prelude/natives.ts`.
 */
import { context, effectiveContext, requestContinue, runningContext, runningStream, scratch, setEffective } from "./state";
import {
  EXCEPTION, free, fromInt, isUndefined, JS_GetUint8Array, JS_NewArray, JS_NewNumber, JS_NewStringLen,
  JS_SetPropertyUint32, JS_ToInt32, tag, UNDEFINED,
} from "./quickjs";
import { adoptBytes } from "./byte-arrays";
import { newHeaderList, Serialised, serialiseHeaders, serialisePath } from "./lists";
import { newByteString, readBytes, readUtf8, release, Text } from "./strings";
import * as host from "./proxy-wasm";

/** A QuickJS C function. Missing arguments are `undefined`: QuickJS fills `values` up to the declared length. */
export type NativeFunction = (context: usize, self: i64, count: i32, values: usize) => i64;

// Areas of one call; no call re-enters JavaScript while it uses them.
// @ts-ignore: decorator
@inline function firstText(): Text { return changetype<Text>(scratch + 16); }
// @ts-ignore: decorator
@inline function secondText(): Text { return changetype<Text>(scratch + 28); }
// @ts-ignore: decorator
@inline function firstList(): Serialised { return changetype<Serialised>(scratch + 40); }
// @ts-ignore: decorator
@inline function secondList(): Serialised { return changetype<Serialised>(scratch + 48); }
/** Out-parameters: a pointer and a length. */
// @ts-ignore: decorator
@inline function outPointer(): usize { return scratch; }
// @ts-ignore: decorator
@inline function outLength(): usize { return scratch + 4; }
/** The length that `bytesArgument` found. */
// @ts-ignore: decorator
@inline function bytesLength(): usize { return load<usize>(scratch, 56); }

// @ts-ignore: decorator
@inline function argument(values: usize, index: i32): i64 {
  return load<i64>(values + <usize>index * 8);
}

export function intArgument(values: usize, index: i32): i32 {
  const value = argument(values, index);
  if (tag(value) == 0) return <i32>value;
  store<i32>(scratch, 0);
  JS_ToInt32(context, scratch, value);
  return load<i32>(scratch);
}

const NOT_BYTES: usize = <usize>-1;

/** The bytes of a Uint8Array, 0 for undefined, NOT_BYTES (and a thrown error) for anything else. */
function bytesArgument(values: usize, index: i32): usize {
  const value = argument(values, index);
  store<usize>(scratch, 0, 56);
  if (isUndefined(value)) return 0;
  const pointer = JS_GetUint8Array(context, scratch + 56, value);
  return pointer ? pointer : NOT_BYTES;
}

function log(c: usize, self: i64, count: i32, values: usize): i64 {
  const level = intArgument(values, 0);
  const message = firstText();
  if (!readUtf8(argument(values, 1), message)) return EXCEPTION;
  host.proxy_log(level, message.pointer, message.length);
  release(message);
  return UNDEFINED;
}

function getLogLevel(c: usize, self: i64, count: i32, values: usize): i64 {
  store<i32>(scratch, 0);
  host.proxy_get_log_level(scratch);
  return fromInt(load<i32>(scratch));
}

function getCurrentTimeMilliseconds(c: usize, self: i64, count: i32, values: usize): i64 {
  host.proxy_get_current_time_nanoseconds(scratch);
  return JS_NewNumber(context, <f64>(load<u64>(scratch) / 1_000_000));
}

function setTickPeriodMilliseconds(c: usize, self: i64, count: i32, values: usize): i64 {
  return fromInt(host.proxy_set_tick_period_milliseconds(intArgument(values, 0)));
}

function setEffectiveContext(c: usize, self: i64, count: i32, values: usize): i64 {
  const contextId = intArgument(values, 0);
  const status = host.proxy_set_effective_context(contextId);
  if (status == 0) setEffective(contextId);
  return fromInt(status);
}

function getHeaderMapPairs(c: usize, self: i64, count: i32, values: usize): i64 {
  store<u64>(scratch, 0);
  const status = host.proxy_get_header_map_pairs(intArgument(values, 0), outPointer(), outLength());
  if (status != 0) return JS_NewArray(context);
  const pointer = load<usize>(outPointer());
  const list = newHeaderList(pointer, load<usize>(outLength()));
  free(pointer);
  return list;
}

function getHeaderMapValue(c: usize, self: i64, count: i32, values: usize): i64 {
  const map = intArgument(values, 0);
  const name = firstText();
  if (!readBytes(argument(values, 1), name)) return EXCEPTION;
  store<u64>(scratch, 0);
  const status = host.proxy_get_header_map_value(map, name.pointer, name.length, outPointer(), outLength());
  release(name);
  if (status != 0) return UNDEFINED;
  const pointer = load<usize>(outPointer());
  const value = newByteString(pointer, load<usize>(outLength()));
  free(pointer);
  return value;
}

function setHeaderMapPairs(c: usize, self: i64, count: i32, values: usize): i64 {
  const map = intArgument(values, 0);
  const list = firstList();
  if (!serialiseHeaders(argument(values, 1), list)) return EXCEPTION;
  const status = host.proxy_set_header_map_pairs(map, list.pointer, list.length);
  free(list.pointer);
  return fromInt(status);
}

function replaceHeaderMapValue(c: usize, self: i64, count: i32, values: usize): i64 {
  return setHeader(values, true);
}

function addHeaderMapValue(c: usize, self: i64, count: i32, values: usize): i64 {
  return setHeader(values, false);
}

function setHeader(values: usize, replace: bool): i64 {
  const map = intArgument(values, 0);
  const name = firstText();
  const value = secondText();
  if (!readBytes(argument(values, 1), name)) return EXCEPTION;
  if (!readBytes(argument(values, 2), value)) {
    release(name);
    return EXCEPTION;
  }
  const status = replace
    ? host.proxy_replace_header_map_value(map, name.pointer, name.length, value.pointer, value.length)
    : host.proxy_add_header_map_value(map, name.pointer, name.length, value.pointer, value.length);
  release(name);
  release(value);
  return fromInt(status);
}

function removeHeaderMapValue(c: usize, self: i64, count: i32, values: usize): i64 {
  const map = intArgument(values, 0);
  const name = firstText();
  if (!readBytes(argument(values, 1), name)) return EXCEPTION;
  const status = host.proxy_remove_header_map_value(map, name.pointer, name.length);
  release(name);
  return fromInt(status);
}

function getBufferBytes(c: usize, self: i64, count: i32, values: usize): i64 {
  const buffer = intArgument(values, 0);
  const start = intArgument(values, 1);
  const length = intArgument(values, 2);
  store<u64>(scratch, 0);
  if (host.proxy_get_buffer_bytes(buffer, start, length, outPointer(), outLength()) != 0) return UNDEFINED;
  return adoptBytes(load<usize>(outPointer()), load<usize>(outLength()));
}

function setBufferBytes(c: usize, self: i64, count: i32, values: usize): i64 {
  const buffer = intArgument(values, 0);
  const start = intArgument(values, 1);
  const length = intArgument(values, 2);
  const bytes = bytesArgument(values, 3);
  if (bytes == NOT_BYTES) return EXCEPTION;
  return fromInt(host.proxy_set_buffer_bytes(buffer, start, length, bytes, bytesLength()));
}

/**
 * A stream cannot be told to go on inside its own callback (the callback's answer would stop it again): there the answer
 * itself becomes "continue". It happens whenever a filter settles in the jobs that run at the end of the callback.
 */
function continueStream(c: usize, self: i64, count: i32, values: usize): i64 {
  const stream = intArgument(values, 0);
  if (stream == runningStream && effectiveContext == runningContext) {
    requestContinue();
    return fromInt(0);
  }
  return fromInt(host.proxy_continue_stream(stream));
}

function closeStream(c: usize, self: i64, count: i32, values: usize): i64 {
  return fromInt(host.proxy_close_stream(intArgument(values, 0)));
}

function sendLocalResponse(c: usize, self: i64, count: i32, values: usize): i64 {
  const status = intArgument(values, 0);
  const grpcStatus = intArgument(values, 4);
  const body = bytesArgument(values, 2);
  if (body == NOT_BYTES) return EXCEPTION;
  const details = firstText();
  const headers = firstList();
  if (!readUtf8(argument(values, 1), details)) return EXCEPTION;
  if (!serialiseHeaders(argument(values, 3), headers)) {
    release(details);
    return EXCEPTION;
  }
  const result = host.proxy_send_local_response(
    status, details.pointer, details.length, body, bytesLength(), headers.pointer, headers.length, grpcStatus,
  );
  release(details);
  free(headers.pointer);
  return fromInt(result);
}

function httpCall(c: usize, self: i64, count: i32, values: usize): i64 {
  const timeout = intArgument(values, 4);
  const body = bytesArgument(values, 2);
  if (body == NOT_BYTES) return EXCEPTION;
  const upstream = firstText();
  const headers = firstList();
  const trailers = secondList();
  if (!readUtf8(argument(values, 0), upstream)) return EXCEPTION;
  if (!serialiseHeaders(argument(values, 1), headers)) {
    release(upstream);
    return EXCEPTION;
  }
  if (!serialiseHeaders(argument(values, 3), trailers)) {
    release(upstream);
    free(headers.pointer);
    return EXCEPTION;
  }
  store<i32>(scratch, 0);
  const status = host.proxy_http_call(
    upstream.pointer, upstream.length, headers.pointer, headers.length, body, bytesLength(),
    trailers.pointer, trailers.length, timeout, scratch,
  );
  const token = load<i32>(scratch);
  release(upstream);
  free(headers.pointer);
  free(trailers.pointer);
  return fromInt(status == 0 ? token : -status);
}

/** `[code, message]`; the prelude makes the object. */
function getStatus(c: usize, self: i64, count: i32, values: usize): i64 {
  store<u64>(scratch, 0);
  store<i32>(scratch, 0, 8);
  host.proxy_get_status(scratch + 8, outPointer(), outLength());
  const pointer = load<usize>(outPointer());
  const list = JS_NewArray(context);
  JS_SetPropertyUint32(context, list, 0, fromInt(load<i32>(scratch, 8)));
  JS_SetPropertyUint32(context, list, 1, JS_NewStringLen(context, pointer, load<usize>(outLength())));
  free(pointer);
  return list;
}

function getProperty(c: usize, self: i64, count: i32, values: usize): i64 {
  const path = firstList();
  if (!serialisePath(argument(values, 0), path)) return EXCEPTION;
  store<u64>(scratch, 0);
  const status = host.proxy_get_property(path.pointer, path.length, outPointer(), outLength());
  free(path.pointer);
  if (status != 0) return UNDEFINED;
  return adoptBytes(load<usize>(outPointer()), load<usize>(outLength()));
}

function setProperty(c: usize, self: i64, count: i32, values: usize): i64 {
  const bytes = bytesArgument(values, 1);
  if (bytes == NOT_BYTES) return EXCEPTION;
  const path = firstList();
  if (!serialisePath(argument(values, 0), path)) return EXCEPTION;
  const status = host.proxy_set_property(path.pointer, path.length, bytes, bytesLength());
  free(path.pointer);
  return fromInt(status);
}

/** How many natives `hostcallAt` knows. */
export const HOSTCALLS: i32 = 20;

/** The native at a place of the order; a switch, because the bridge has no data of its own in memory. */
export function hostcallAt(index: i32): NativeFunction {
  switch (index) {
    case 0: return log;
    case 1: return getLogLevel;
    case 2: return getCurrentTimeMilliseconds;
    case 3: return setTickPeriodMilliseconds;
    case 4: return setEffectiveContext;
    case 5: return getHeaderMapPairs;
    case 6: return getHeaderMapValue;
    case 7: return setHeaderMapPairs;
    case 8: return replaceHeaderMapValue;
    case 9: return addHeaderMapValue;
    case 10: return removeHeaderMapValue;
    case 11: return getBufferBytes;
    case 12: return setBufferBytes;
    case 13: return continueStream;
    case 14: return closeStream;
    case 15: return sendLocalResponse;
    case 16: return httpCall;
    case 17: return getStatus;
    case 18: return getProperty;
    default: return setProperty;
  }
}
