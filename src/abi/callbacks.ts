/**
 * How the port's events reach a module: the callbacks of proxy-wasm 0.2.1 that an HTTP policy has, as a table.
 *
 * Source: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1.
 */
import type { GuestEvents } from "./port.js";

export interface CallbackSignature {
  /** The name that the module exports. A host takes a missing one for "continue" or "yes". */
  readonly export: `proxy_on_${string}`;
  /** All are numbers of 32 bits for the module; a boolean is one for the port. The first is the context's id. */
  readonly parameters: readonly ("i32" | "boolean")[];
  /** `action`: what happens to the stream; see `HeadersStatus`, `DataStatus`, `TrailersStatus`. */
  readonly result: "nothing" | "boolean" | "action";
  /** The half of an exchange that it is about. */
  readonly stream?: "request" | "response";
}

function callback(
  name: `proxy_on_${string}`,
  parameters: CallbackSignature["parameters"],
  result: CallbackSignature["result"],
  stream?: "request" | "response",
): CallbackSignature {
  return stream === undefined ? { export: name, parameters, result } : { export: name, parameters, result, stream };
}

/** What no proxy-wasm host calls, only the engine inside a module, or the process in which a policy runs as plain JavaScript. */
export const engineEvents = [
  "onCutOff",
  "prepareExchange",
  "onFilterEnded",
  "onWaiting",
  "onUnhandled",
  "onMemoryShort",
  "onCounted",
] as const satisfies readonly (keyof GuestEvents)[];

/** Every other event of the port. */
export const callbacks: Readonly<Record<Exclude<keyof GuestEvents, (typeof engineEvents)[number]>, CallbackSignature>> =
  {
    onContextCreate: callback("proxy_on_context_create", ["i32", "i32"], "nothing"),
    onVmStart: callback("proxy_on_vm_start", ["i32", "i32"], "boolean"),
    onConfigure: callback("proxy_on_configure", ["i32", "i32"], "boolean"),
    onTick: callback("proxy_on_tick", ["i32"], "nothing"),

    onRequestHeaders: callback("proxy_on_request_headers", ["i32", "i32", "boolean"], "action", "request"),
    onRequestBody: callback("proxy_on_request_body", ["i32", "i32", "boolean"], "action", "request"),
    onRequestTrailers: callback("proxy_on_request_trailers", ["i32", "i32"], "action", "request"),
    onResponseHeaders: callback("proxy_on_response_headers", ["i32", "i32", "boolean"], "action", "response"),
    onResponseBody: callback("proxy_on_response_body", ["i32", "i32", "boolean"], "action", "response"),
    onResponseTrailers: callback("proxy_on_response_trailers", ["i32", "i32"], "action", "response"),

    onHttpCallResponse: callback("proxy_on_http_call_response", ["i32", "i32", "i32", "i32", "i32"], "nothing"),
    onGrpcReceiveInitialMetadata: callback("proxy_on_grpc_receive_initial_metadata", ["i32", "i32", "i32"], "nothing"),
    onGrpcReceive: callback("proxy_on_grpc_receive", ["i32", "i32", "i32"], "nothing"),
    onGrpcReceiveTrailingMetadata: callback(
      "proxy_on_grpc_receive_trailing_metadata",
      ["i32", "i32", "i32"],
      "nothing",
    ),
    onGrpcClose: callback("proxy_on_grpc_close", ["i32", "i32", "i32"], "nothing"),
    onQueueReady: callback("proxy_on_queue_ready", ["i32", "i32"], "nothing"),
    onForeignFunction: callback("proxy_on_foreign_function", ["i32", "i32", "i32"], "nothing"),

    onLog: callback("proxy_on_log", ["i32"], "nothing"),
    onDone: callback("proxy_on_done", ["i32"], "boolean"),
    onDelete: callback("proxy_on_delete", ["i32"], "nothing"),
  };
