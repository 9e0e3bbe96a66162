/**
 * How the port's hostcalls cross a module's memory: the imports of proxy-wasm 0.2.1, as a table.
 *
 * Source: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1. The bridge in every compiled module is made from
 * this table, and Sluice's own proxy-wasm host reads it from the other side.
 */
import type { Hostcalls } from "./port.js";

/** How a parameter of the port is passed. All but the numbers are a pointer and a length. */
export type ParameterKind =
  /** A number of 32 bits, or a boolean. */
  | "i32"
  /** A number that is passed with 64 bits. */
  | "i64"
  /** A string, as UTF-8. */
  | "utf8"
  /** A byte string: one char a byte. */
  | "byteString"
  /** A Uint8Array; undefined is empty. */
  | "bytes"
  /** A flat header list: count; lengths of name and value of each pair; each name and value with a zero byte behind it. */
  | "headers"
  /** A property path: segments with zero bytes between them. */
  | "path";

/** What a host writes where an out-pointer says: a number, or a pointer and a length. */
export type ResultKind =
  | "i32"
  | "i64"
  | "utf8"
  | "byteString"
  | "bytes"
  | "headers"
  /** A number of 64 bits in nanoseconds; milliseconds in the port. */
  | "nanoseconds";

/** How the status and the results become what the port's function returns. */
export type ReturnKind =
  /** The status. */
  | "status"
  /** Nothing: the status is dropped. */
  | "nothing"
  /** The one result; undefined where the status is not Ok (a header list is empty then). */
  | "value"
  /** The results as an array; undefined where the status is not Ok. */
  | "tuple"
  /** The one result, a number > 0; the status as a negative number where it is not Ok. */
  | "handle";

export interface HostcallSignature {
  /** The name that the module imports from `env`. */
  readonly import: `proxy_${string}`;
  readonly parameters: readonly ParameterKind[];
  /** Out-pointers, behind the parameters, in this order. */
  readonly results: readonly ResultKind[];
  readonly returns: ReturnKind;
}

function call(
  name: `proxy_${string}`,
  parameters: readonly ParameterKind[],
  returns: ReturnKind,
  ...results: ResultKind[]
): HostcallSignature {
  return { import: name, parameters, results, returns };
}

/** Every hostcall of the port. */
export const hostcalls: Readonly<Record<keyof Hostcalls, HostcallSignature>> = {
  log: call("proxy_log", ["i32", "utf8"], "nothing"),
  getLogLevel: call("proxy_get_log_level", [], "value", "i32"),
  getCurrentTimeMilliseconds: call("proxy_get_current_time_nanoseconds", [], "value", "nanoseconds"),
  setTickPeriodMilliseconds: call("proxy_set_tick_period_milliseconds", ["i32"], "status"),
  setEffectiveContext: call("proxy_set_effective_context", ["i32"], "status"),
  contextDone: call("proxy_done", [], "status"),

  getHeaderMapPairs: call("proxy_get_header_map_pairs", ["i32"], "value", "headers"),
  setHeaderMapPairs: call("proxy_set_header_map_pairs", ["i32", "headers"], "status"),
  getHeaderMapValue: call("proxy_get_header_map_value", ["i32", "byteString"], "value", "byteString"),
  replaceHeaderMapValue: call("proxy_replace_header_map_value", ["i32", "byteString", "byteString"], "status"),
  addHeaderMapValue: call("proxy_add_header_map_value", ["i32", "byteString", "byteString"], "status"),
  removeHeaderMapValue: call("proxy_remove_header_map_value", ["i32", "byteString"], "status"),

  getBufferBytes: call("proxy_get_buffer_bytes", ["i32", "i32", "i32"], "value", "bytes"),
  setBufferBytes: call("proxy_set_buffer_bytes", ["i32", "i32", "i32", "bytes"], "status"),

  continueStream: call("proxy_continue_stream", ["i32"], "status"),
  closeStream: call("proxy_close_stream", ["i32"], "status"),
  sendLocalResponse: call("proxy_send_local_response", ["i32", "utf8", "bytes", "headers", "i32"], "status"),

  httpCall: call("proxy_http_call", ["utf8", "headers", "bytes", "headers", "i32"], "handle", "i32"),
  grpcCall: call("proxy_grpc_call", ["utf8", "utf8", "utf8", "headers", "bytes", "i32"], "handle", "i32"),
  grpcStream: call("proxy_grpc_stream", ["utf8", "utf8", "utf8", "headers"], "handle", "i32"),
  grpcSend: call("proxy_grpc_send", ["i32", "bytes", "i32"], "status"),
  grpcCancel: call("proxy_grpc_cancel", ["i32"], "status"),
  grpcClose: call("proxy_grpc_close", ["i32"], "status"),
  getStatus: call("proxy_get_status", [], "tuple", "i32", "utf8"),

  getProperty: call("proxy_get_property", ["path"], "value", "bytes"),
  setProperty: call("proxy_set_property", ["path", "bytes"], "status"),

  getSharedData: call("proxy_get_shared_data", ["utf8"], "tuple", "bytes", "i32"),
  setSharedData: call("proxy_set_shared_data", ["utf8", "bytes", "i32"], "status"),
  registerSharedQueue: call("proxy_register_shared_queue", ["utf8"], "handle", "i32"),
  resolveSharedQueue: call("proxy_resolve_shared_queue", ["utf8", "utf8"], "handle", "i32"),
  enqueueSharedQueue: call("proxy_enqueue_shared_queue", ["i32", "bytes"], "status"),
  dequeueSharedQueue: call("proxy_dequeue_shared_queue", ["i32"], "value", "bytes"),

  defineMetric: call("proxy_define_metric", ["i32", "utf8"], "handle", "i32"),
  recordMetric: call("proxy_record_metric", ["i32", "i64"], "status"),
  incrementMetric: call("proxy_increment_metric", ["i32", "i64"], "status"),
  getMetric: call("proxy_get_metric", ["i32"], "value", "i64"),

  callForeignFunction: call("proxy_call_foreign_function", ["utf8", "bytes"], "value", "bytes"),
};
