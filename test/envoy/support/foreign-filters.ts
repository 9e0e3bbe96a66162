/** Filters of Envoy itself that people have beside a policy's, each as it holds a message where it can. */
import { type Json, typed } from "../../../src/envoy/json.js";

const filters = "envoy.extensions.filters.http";
const grpcService = { envoy_grpc: { cluster_name: "grpc" }, timeout: "5s" };
const call = `local headers, body = handle:httpCall("ask", {[":method"]="GET", [":path"]="/", [":authority"]="a"}, "", 5000)`;

/** By what their documentation calls them. `ask` is the cluster of an HTTP service, `grpc` that of a gRPC server. */
export const foreignFilters: Readonly<Record<string, Json>> = {
  "ext_authz over HTTP": filter("ext_authz", "ext_authz.v3.ExtAuthz", {
    http_service: { server_uri: { uri: "http://a", cluster: "ask", timeout: "5s" } },
  }),
  "a global rate limit": filter("ratelimit", "ratelimit.v3.RateLimit", {
    domain: "d",
    rate_limit_service: { transport_api_version: "V3", grpc_service: grpcService },
    timeout: "5s",
    failure_mode_deny: true,
  }),
  "a local rate limit": filter("local_ratelimit", "local_ratelimit.v3.LocalRateLimit", {
    stat_prefix: "l",
    token_bucket: { max_tokens: 100_000, tokens_per_fill: 100_000, fill_interval: "1s" },
    filter_enabled: { default_value: { numerator: 100, denominator: "HUNDRED" } },
    filter_enforced: { default_value: { numerator: 100, denominator: "HUNDRED" } },
  }),
  "Lua with a call": filter("lua", "lua.v3.Lua", {
    default_source_code: {
      inline_string: `function envoy_on_request(handle) ${call} end function envoy_on_response(handle) ${call} end`,
    },
  }),
  "ext_proc for headers": filter("ext_proc", "ext_proc.v3.ExternalProcessor", {
    grpc_service: grpcService,
    message_timeout: "5s",
    processing_mode: { request_header_mode: "SEND", response_header_mode: "SEND" },
  }),
  RBAC: filter("rbac", "rbac.v3.RBAC", {
    rules: { action: "ALLOW", policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } },
  }),
  "the buffer filter": filter("buffer", "buffer.v3.Buffer", { max_request_bytes: 65_536 }),
};

function filter(name: string, type: string, config: Json): Json {
  return { name: `envoy.filters.http.${name}`, typed_config: typed(`${filters}.${type}`, config) };
}

/** What routes say so that a global rate limit asks for each request. */
export const rateLimits: Json = {
  rate_limits: [{ actions: [{ generic_key: { descriptor_value: "all" } }] }],
};

/** The cluster of a gRPC server. */
export function grpcCluster(port: number): Json {
  return {
    name: "grpc",
    type: "STATIC",
    load_assignment: {
      cluster_name: "grpc",
      endpoints: [
        {
          lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }],
        },
      ],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        { explicit_http_config: { http2_protocol_options: {} } },
      ),
    },
  };
}
