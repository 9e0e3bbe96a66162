// The smallest configuration of an Envoy that answers by itself, the same for all but the filter.
import { readFile } from "node:fs/promises";

/** @typedef {Record<string, unknown>} Json */

const extensions = "type.googleapis.com/envoy.extensions";
const configuration = { config: { realm: "oauth2" }, sluice: { name: "require-token" } };

/** @param {import("./peers.mjs").Peer} peer @param {number} port @param {number} servicePort of the ext_authz service */
export async function bootstrap(peer, port, servicePort) {
  const router = { "@type": `${extensions}.filters.http.router.v3.Router`, suppress_envoy_headers: true };
  return {
    static_resources: {
      clusters: peer.kind === "ext_authz" ? [serviceCluster(servicePort)] : [],
      listeners: [
        {
          name: "bench",
          address: socketAddress(port),
          filter_chains: [
            {
              filters: [
                {
                  name: "envoy.filters.network.http_connection_manager",
                  typed_config: {
                    "@type": `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
                    stat_prefix: "bench",
                    generate_request_id: false,
                    route_config: { virtual_hosts: [{ name: "bench", domains: ["*"], routes: [directResponse()] }] },
                    http_filters: [
                      ...(await peerFilter(peer, servicePort)),
                      { name: "envoy.filters.http.router", typed_config: router },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  };
}

function directResponse() {
  return { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "ok" } } };
}

/** @param {import("./peers.mjs").Peer} peer @param {number} servicePort @returns {Promise<Json[]>} */
async function peerFilter({ kind, file = "" }, servicePort) {
  switch (kind) {
    case "none":
      return [];
    case "lua":
      return [
        {
          name: "envoy.filters.http.lua",
          typed_config: {
            "@type": `${extensions}.filters.http.lua.v3.Lua`,
            default_source_code: { inline_string: await readFile(file, "utf8") },
          },
        },
      ];
    case "ext_authz":
      return [
        {
          name: "envoy.filters.http.ext_authz",
          typed_config: {
            "@type": `${extensions}.filters.http.ext_authz.v3.ExtAuthz`,
            http_service: { server_uri: { uri: `http://127.0.0.1:${servicePort}`, cluster: "authz", timeout: "2s" } },
          },
        },
      ];
    case "wasm":
      return [
        {
          name: "envoy.filters.http.wasm",
          typed_config: {
            "@type": `${extensions}.filters.http.wasm.v3.Wasm`,
            config: {
              name: "require-token",
              root_id: "require-token",
              allow_on_headers_stop_iteration: true,
              configuration: {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                value: JSON.stringify(configuration),
              },
              vm_config: { vm_id: "bench", runtime: "envoy.wasm.runtime.v8", code: { local: { filename: file } } },
            },
          },
        },
      ];
  }
}

/** @param {number} port */
function serviceCluster(port) {
  return {
    name: "authz",
    type: "STATIC",
    load_assignment: {
      cluster_name: "authz",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(port) } }] }],
    },
  };
}

/** @param {number} port */
function socketAddress(port) {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
