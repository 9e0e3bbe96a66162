/**
 * proxy-wasm 0.2.1 as tables: names and numbers of the specification, nothing else.
 *
 * Source: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1. The stop codes above 1 of the headers and
 * data callbacks are not in the specification; they are Envoy's (proxy-wasm-cpp-host, `FilterHeadersStatus` and
 * `FilterDataStatus`), and Sluice's own host gives them the same meaning.
 */

/** `proxy_status_t`: what a hostcall answers. */
export const Status = {
  /** It was done. */
  Ok: 0,
  /** There is nothing of that name. */
  NotFound: 1,
  /** The host does not take an argument. */
  BadArgument: 2,
  /** The host could not write a value. */
  SerializationFailure: 3,
  /** The host could not read a value. */
  ParseFailure: 4,
  /** A pointer leads out of the module's memory. */
  InvalidMemoryAccess: 6,
  /** There is nothing in it. */
  Empty: 7,
  /** Shared data has been set by somebody else since it was got. */
  CasMismatch: 8,
  /** The host failed. */
  InternalFailure: 10,
  /** The host does not have it. */
  Unimplemented: 12,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** `proxy_log_level_t`. */
export const LogLevel = { Trace: 0, Debug: 1, Info: 2, Warn: 3, Error: 4, Critical: 5 } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** `proxy_map_type_t`: which header or trailer map. */
export const MapType = {
  RequestHeaders: 0,
  RequestTrailers: 1,
  ResponseHeaders: 2,
  ResponseTrailers: 3,
  GrpcCallInitialMetadata: 4,
  GrpcCallTrailingMetadata: 5,
  HttpCallResponseHeaders: 6,
  HttpCallResponseTrailers: 7,
} as const;
export type MapType = (typeof MapType)[keyof typeof MapType];

/** `proxy_buffer_type_t`: which buffer. */
export const BufferType = {
  HttpRequestBody: 0,
  HttpResponseBody: 1,
  HttpCallResponseBody: 4,
  GrpcCallMessage: 5,
  VmConfiguration: 6,
  PluginConfiguration: 7,
  ForeignFunctionArguments: 8,
} as const;
export type BufferType = (typeof BufferType)[keyof typeof BufferType];

/** `proxy_stream_type_t`: which half of an exchange to continue or close. */
export const StreamType = { Request: 0, Response: 1 } as const;
export type StreamType = (typeof StreamType)[keyof typeof StreamType];

/** `proxy_metric_type_t`: the kinds of metrics. */
export const MetricType = {
  /** It only grows. */
  Counter: 0,
  /** It goes up and down. */
  Gauge: 1,
  /** It takes in how values are spread. */
  Histogram: 2,
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** What a headers callback answers. */
export const HeadersStatus = {
  /** Pass the head on. */
  Continue: 0,
  /** Hold the head; body callbacks still come (with `allow_on_headers_stop_iteration`, else like 4). */
  StopIteration: 1,
  /** Hold everything, with backpressure; no body callback comes until the stream is continued. */
  StopAllIterationAndWatermark: 4,
} as const;
export type HeadersStatus = (typeof HeadersStatus)[keyof typeof HeadersStatus];

/** What a body callback answers. */
export const DataStatus = {
  /** Pass on what is buffered, and the head if it was held. */
  Continue: 0,
  /** Keep the bytes; from the next callback on, and outside callbacks, the whole buffer can be read and set. */
  StopIterationAndBuffer: 1,
  /** Keep the bytes with backpressure; outside this callback the buffer can be neither read nor set. */
  StopIterationAndWatermark: 2,
  /** Drop the bytes; nothing goes on until the stream is continued. */
  StopIterationNoBuffer: 3,
} as const;
export type DataStatus = (typeof DataStatus)[keyof typeof DataStatus];

/** What a trailers callback answers. */
export const TrailersStatus = { Continue: 0, StopIteration: 1 } as const;
export type TrailersStatus = (typeof TrailersStatus)[keyof typeof TrailersStatus];
