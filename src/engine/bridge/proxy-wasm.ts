/** The proxy-wasm 0.2.1 imports and the WASI one that the bridge itself uses. Names and order are the specification's. */

@external("env", "proxy_log")
export declare function proxy_log(level: i32, message: usize, length: usize): i32;
@external("env", "proxy_get_log_level")
export declare function proxy_get_log_level(levelOut: usize): i32;
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(timeOut: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: i32): i32;
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(contextId: i32): i32;

@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(map: i32, pairsOut: usize, lengthOut: usize): i32;
@external("env", "proxy_set_header_map_pairs")
export declare function proxy_set_header_map_pairs(map: i32, pairs: usize, length: usize): i32;
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(
  map: i32, name: usize, nameLength: usize, valueOut: usize, valueLengthOut: usize,
): i32;
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(
  map: i32, name: usize, nameLength: usize, value: usize, valueLength: usize,
): i32;
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(
  map: i32, name: usize, nameLength: usize, value: usize, valueLength: usize,
): i32;
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(map: i32, name: usize, nameLength: usize): i32;

@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(
  buffer: i32, start: i32, length: i32, bytesOut: usize, lengthOut: usize,
): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(
  buffer: i32, start: i32, length: i32, bytes: usize, bytesLength: usize,
): i32;

@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(stream: i32): i32;
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(stream: i32): i32;
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(
  status: i32, details: usize, detailsLength: usize, body: usize, bodyLength: usize,
  headers: usize, headersLength: usize, grpcStatus: i32,
): i32;

@external("env", "proxy_http_call")
export declare function proxy_http_call(
  upstream: usize, upstreamLength: usize, headers: usize, headersLength: usize, body: usize, bodyLength: usize,
  trailers: usize, trailersLength: usize, timeoutMilliseconds: i32, tokenOut: usize,
): i32;
@external("env", "proxy_get_status")
export declare function proxy_get_status(codeOut: usize, messageOut: usize, lengthOut: usize): i32;

@external("env", "proxy_get_property")
export declare function proxy_get_property(path: usize, pathLength: usize, valueOut: usize, lengthOut: usize): i32;
@external("env", "proxy_set_property")
export declare function proxy_set_property(path: usize, pathLength: usize, value: usize, valueLength: usize): i32;

@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(buffer: usize, length: usize): i32;
