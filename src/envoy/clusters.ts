/** Upstreams as Envoy's clusters. */
import { isIP } from "node:net";
import { originCluster } from "../abi/cluster-name.js";
import { messageHeadBytes, messageHeadFields } from "../abi/head-limits.js";
import type { GatewayConfig, UpstreamConfig } from "../config/types.js";
import { type Json, seconds, socketAddress, typed } from "./json.js";

/** As in the embedded gateway: longer than this few upstreams keep an idle connection for certain. */
const idleConnection = "4s";
/** What comes of a response at once is less than what a policy may set beyond what it may gather: so it counts before Envoy does. */
const readBytes = 262_144;
/** The embedded gateway does not limit what goes to an upstream at once; Envoy would refuse the 1,025th. */
const unlimited = 4_294_967_295;

/**
 * A cluster for each upstream under its name and, where there are policies, one for each origin under the name by which
 * policies call it by its URL.
 */
export function clusters(config: GatewayConfig, caFile: string): Json[] {
  const all = new Map(Object.entries(config.upstreams));
  if (config.routes.some(({ policies }) => policies.length > 0)) {
    for (const upstream of Object.values(config.upstreams)) {
      const origin = originCluster(upstream.url);
      if (origin !== undefined && !all.has(origin)) {
        all.set(origin, upstream);
      }
    }
  }
  return [...all].map(([name, upstream]) => cluster(name, upstream, caFile));
}

function cluster(name: string, upstream: UpstreamConfig, caFile: string): Json {
  const url = new URL(upstream.url);
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const isAddress = isIP(host) !== 0;
  return {
    name,
    // As a client does it: names are resolved for new connections, and all addresses tried.
    ...(isAddress ? { type: "STATIC" } : { type: "LOGICAL_DNS", dns_lookup_family: "ALL" }),
    connect_timeout: seconds(upstream.connectTimeoutMilliseconds),
    per_connection_buffer_limit_bytes: readBytes,
    circuit_breakers: {
      thresholds: [
        {
          max_connections: unlimited,
          max_pending_requests: unlimited,
          max_requests: unlimited,
          max_retries: unlimited,
        },
      ],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        {
          common_http_protocol_options: {
            idle_timeout: idleConnection,
            max_headers_count: messageHeadFields,
            max_response_headers_kb: messageHeadBytes / 1_024,
          },
          explicit_http_config: { http_protocol_options: { enable_trailers: true } },
        },
      ),
    },
    ...(secure && {
      transport_socket: { name: "envoy.transport_sockets.tls", typed_config: tls(host, isAddress, caFile) },
    }),
  };
}

/** The certificate must be valid for the URL's host. */
function tls(host: string, isAddress: boolean, caFile: string): Json {
  return typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
    // An address cannot be asked for by name (RFC 6066, section 3).
    ...(!isAddress && { sni: host }),
    common_tls_context: {
      validation_context: {
        trusted_ca: { filename: caFile },
        match_typed_subject_alt_names: [{ san_type: isAddress ? "IP_ADDRESS" : "DNS", matcher: { exact: host } }],
      },
    },
  });
}
