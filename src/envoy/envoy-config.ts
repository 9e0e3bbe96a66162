/** The configuration of an Envoy with one listener, one route and a chain of compiled policies. */
import { clusterOf } from "../abi/cluster-name.js";

/** Something that a route or a policy calls. */
export interface EnvoyUpstream {
  /** What policies call it by: a name, or a URL of which only the origin counts. */
  name: string;
  /** IP address or host name. */
  address: string;
  port: number;
}

/** One use of a compiled policy. */
export interface EnvoyPolicy {
  name: string;
  /** Path of the module. */
  module: string;
  config?: unknown;
  /** Default `prevent`. */
  partialRequests?: "prevent" | "allow";
  /** Default `deny`. */
  onError?: "deny" | "allow";
  /** Limit of a gathered body. Default and maximum: `bufferLimitBytes`. */
  bodyBytes?: number;
}

export interface EnvoySetup {
  /** Address the listeners bind to. Default 127.0.0.1. */
  address?: string;
  /** 0, the default: any free port. */
  listenPort?: number;
  /** 0, the default: any free port. */
  adminPort?: number;
  /** Default `default`. */
  routeName?: string;
  /** The name of the upstream to which the route forwards. */
  routeUpstream: string;
  upstreams: readonly EnvoyUpstream[];
  /** In the order in which requests pass them. */
  policies: readonly EnvoyPolicy[];
  /** What Envoy buffers of each direction of an exchange. Default 1 MiB. */
  bufferLimitBytes?: number;
  /** How long a route waits for the upstream's response, in milliseconds. Default 15,000. */
  upstreamResponseMilliseconds?: number;
}

type Json = Record<string, unknown>;

const defaultBufferLimit = 1_048_576;
const connectTimeout = "5s";
/** A VM that was lost comes back for the next exchange after this. */
const reloadInterval = "0.1s";

/** Envoy's bootstrap, ready for `JSON.stringify`. */
export function envoyConfig(setup: EnvoySetup): Json {
  const address = setup.address ?? "127.0.0.1";
  return {
    admin: { address: socketAddress(address, setup.adminPort ?? 0) },
    static_resources: {
      listeners: [listener(setup, address)],
      clusters: setup.upstreams.map((upstream) => cluster(upstream, bufferLimit(setup))),
    },
  };
}

function bufferLimit(setup: EnvoySetup): number {
  return setup.bufferLimitBytes ?? defaultBufferLimit;
}

function listener(setup: EnvoySetup, address: string): Json {
  return {
    name: "sluice",
    address: socketAddress(address, setup.listenPort ?? 0),
    per_connection_buffer_limit_bytes: bufferLimit(setup),
    filter_chains: [
      { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: connectionManager(setup) }] },
    ],
  };
}

function connectionManager(setup: EnvoySetup): Json {
  const network = "type.googleapis.com/envoy.extensions.filters.network";
  const router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
  return {
    "@type": `${network}.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "sluice",
    codec_type: "AUTO",
    http_protocol_options: { enable_trailers: true },
    // A policy must see the path that the upstream will act on.
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
    server_header_transformation: "PASS_THROUGH",
    route_config: routes(setup),
    http_filters: [
      ...setup.policies.map((policy, index) => wasmFilter(policy, index, setup)),
      { name: "envoy.filters.http.router", typed_config: { "@type": router, suppress_envoy_headers: true } },
    ],
  };
}

function routes(setup: EnvoySetup): Json {
  const milliseconds = setup.upstreamResponseMilliseconds ?? 15_000;
  const route = { cluster: clusterName(setup.routeUpstream), timeout: `${milliseconds / 1000}s` };
  return {
    virtual_hosts: [{ name: "sluice", domains: ["*"], routes: [{ name: routeName(setup), match: { prefix: "/" }, route }] }],
  };
}

function routeName(setup: EnvoySetup): string {
  return setup.routeName ?? "default";
}

function wasmFilter(policy: EnvoyPolicy, index: number, setup: EnvoySetup): Json {
  const pluginConfiguration = {
    config: policy.config ?? {},
    sluice: {
      name: policy.name,
      route: routeName(setup),
      partialRequests: policy.partialRequests ?? "prevent",
      onError: policy.onError ?? "deny",
      limits: { bodyBytes: Math.min(policy.bodyBytes ?? bufferLimit(setup), bufferLimit(setup)) },
    },
  };
  return {
    name: `sluice.${index}.${policy.name}`,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
      config: {
        name: policy.name,
        root_id: `${index}.${policy.name}`,
        // Two uses of one policy share nothing, and one that is lost takes no other with it.
        vm_config: { vm_id: `sluice.${index}`, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: policy.module } } },
        configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: JSON.stringify(pluginConfiguration) },
        failure_policy: "FAIL_RELOAD",
        reload_config: { backoff: { base_interval: reloadInterval } },
        // Without it no body callback comes while a head is held.
        allow_on_headers_stop_iteration: true,
      },
    },
  };
}

function cluster(upstream: EnvoyUpstream, bufferLimitBytes: number): Json {
  const options = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  const name = clusterName(upstream.name);
  return {
    name,
    type: "STRICT_DNS",
    connect_timeout: connectTimeout,
    per_connection_buffer_limit_bytes: bufferLimitBytes,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstream.address, upstream.port) } }] }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": options,
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      },
    },
  };
}

function clusterName(upstream: string): string {
  return clusterOf(upstream)?.cluster ?? upstream;
}

function socketAddress(address: string, port: number): Json {
  return { socket_address: { address, port_value: port } };
}
