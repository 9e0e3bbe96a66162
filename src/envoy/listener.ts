/** The gateway's listener as Envoy's. */
import { messageHeadBytes, messageHeadFields } from "../abi/head-limits.js";
import type { GatewayConfig } from "../config/types.js";
import { accessLog } from "./access-log.js";
import type { PolicyModules } from "./compile-modules.js";
import { policyFilters } from "./filters.js";
import { forwardedFields } from "./forwarded.js";
import { type Json, seconds, socketAddress, typed } from "./json.js";
import { localReplies } from "./local-replies.js";
import { requestTrailers } from "./request-trailers.js";
import { rememberRoute } from "./route-state.js";
import { routeConfiguration } from "./routes.js";

export function listener(config: GatewayConfig, modules: PolicyModules, bufferBytes: number): Json {
  const { host, port, limits } = config.listener;
  return {
    name: "sluice",
    address: listenAddress(host, port),
    per_connection_buffer_limit_bytes: bufferBytes,
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.connection_limit",
            typed_config: typed("envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit", {
              stat_prefix: "sluice",
              max_connections: limits.connections,
            }),
          },
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: connectionManager(config, modules, bufferBytes),
          },
        ],
      },
    ],
  };
}

function listenAddress(host: string, port: number): Json {
  // As everywhere in Node, all addresses of IPv6 are all of IPv4, too.
  return host === "::"
    ? { socket_address: { address: host, port_value: port, ipv4_compat: true } }
    : socketAddress(host, port);
}

function connectionManager(config: GatewayConfig, modules: PolicyModules, bufferBytes: number): Json {
  const { timeouts } = config.listener;
  const logsExchanges = ["trace", "debug", "info"].includes(config.log.level);
  return typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "sluice",
    http_protocol_options: { enable_trailers: true, accept_http_10: true },
    // What Envoy buffers of an exchange over HTTP/2.
    http2_protocol_options: { initial_stream_window_size: bufferBytes },
    // A policy must see the path that the upstream will act on.
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
    ...forwardedFields(config.listener.trustedHops),
    server_header_transformation: "PASS_THROUGH",
    request_headers_timeout: seconds(timeouts.requestHeadersMilliseconds),
    max_request_headers_kb: messageHeadBytes / 1_024,
    common_http_protocol_options: {
      idle_timeout: seconds(timeouts.keepAliveMilliseconds),
      max_headers_count: messageHeadFields,
    },
    local_reply_config: localReplies(),
    ...(logsExchanges && { access_log: [accessLog()] }),
    route_config: { ...routeConfiguration(config, modules), request_headers_to_remove: ["x-envoy-external-address"] },
    http_filters: [
      rememberRoute(),
      requestTrailers(config.listener.requestTrailers),
      ...policyFilters(config, modules),
      {
        name: "envoy.filters.http.router",
        typed_config: typed("envoy.extensions.filters.http.router.v3.Router", { suppress_envoy_headers: true }),
      },
    ],
  });
}
