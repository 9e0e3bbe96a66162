// The smallest configuration of an Envoy that answers by itself, the same for all but the filter.
import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {Record<string, unknown>} Json */

const extensions = "type.googleapis.com/envoy.extensions";
const configuration = { config: { realm: "oauth2" }, sluice: { name: "require-token" } };

/** @param {import("./peers.mjs").Peer} peer @param {number} port @param {number} servicePort of the ext_authz service */
export async function bootstrap(peer, port, servicePort) {
  return envoyBootstrap(
    port,
    await peerFilters(peer, servicePort),
    peer.kind === "ext_authz" ? [serviceCluster(servicePort)] : [],
  );
}

/** @param {number} port @param {readonly Json[]} filters @param {readonly Json[]} clusters @returns {Json} */
export function envoyBootstrap(port, filters, clusters = []) {
  const router = { "@type": `${extensions}.filters.http.router.v3.Router`, suppress_envoy_headers: true };
  return {
    static_resources: {
      clusters,
      listeners: [
        {
          name: "bench",
          address: socketAddress(port),
          per_connection_buffer_limit_bytes: 4_194_304,
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
                    http_filters: [...filters, { name: "envoy.filters.http.router", typed_config: router }],
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

/** @param {string} name @param {string} file of the module @param {Json | number} configuration @returns {Json} */
export function wasmFilter(name, file, configuration) {
  return {
    name,
    typed_config: {
      "@type": `${extensions}.filters.http.wasm.v3.Wasm`,
      config: {
        name,
        root_id: name,
        allow_on_headers_stop_iteration: true,
        configuration: {
          "@type": "type.googleapis.com/google.protobuf.StringValue",
          value: JSON.stringify(configuration),
        },
        vm_config: { vm_id: name, runtime: "envoy.wasm.runtime.v8", code: { local: { filename: file } } },
      },
    },
  };
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * By the `libsluice` of this checkout. Its policies have no filter for responses, or answer no requests: nobody has to
 * answer for it.
 * @param {string} name @param {string} file of the policies @param {Json | number} configuration @returns {Json}
 */
export function nativeFilter(name, file, configuration, checkout = root) {
  const library = join(resolve(checkout), `packages/envoy-linux-${arch()}/libsluice.so`);
  return {
    name,
    typed_config: {
      "@type": `${extensions}.filters.http.dynamic_modules.v3.DynamicModuleFilter`,
      dynamic_module_config: { module: { local: { filename: library } }, do_not_close: true },
      filter_name: `${name} ${name} - ${file}`,
      filter_config: {
        "@type": "type.googleapis.com/google.protobuf.StringValue",
        value: JSON.stringify(configuration),
      },
    },
  };
}

/** @param {string} file of the script @returns {Promise<Json>} */
export async function luaFilter(file) {
  return {
    name: "envoy.filters.http.lua",
    typed_config: {
      "@type": `${extensions}.filters.http.lua.v3.Lua`,
      default_source_code: { inline_string: await readFile(file, "utf8") },
    },
  };
}

/** One bucket for all that comes, full again after an hour. @param {number} limit @returns {Json} */
export function localRateLimit(limit) {
  const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
  return {
    name: "envoy.filters.http.local_ratelimit",
    typed_config: {
      "@type": `${extensions}.filters.http.local_ratelimit.v3.LocalRateLimit`,
      stat_prefix: "bench",
      token_bucket: { max_tokens: limit, tokens_per_fill: limit, fill_interval: "3600s" },
      filter_enabled: always,
      filter_enforced: always,
    },
  };
}

/** Envoy's own verification of tokens. @param {string} jwks @returns {Json} */
export function jwtAuthentication(jwks) {
  return {
    name: "envoy.filters.http.jwt_authn",
    typed_config: {
      "@type": `${extensions}.filters.http.jwt_authn.v3.JwtAuthentication`,
      providers: { bench: { issuer: "https://bench", local_jwks: { inline_string: jwks }, forward: true } },
      rules: [{ match: { prefix: "/" }, requires: { provider_name: "bench" } }],
    },
  };
}

function directResponse() {
  return { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "ok" } } };
}

/** @param {import("./peers.mjs").Peer} peer @param {number} servicePort @returns {Promise<Json[]>} */
async function peerFilters({ kind, file = "" }, servicePort) {
  switch (kind) {
    case "none":
      return [];
    case "lua":
      return [await luaFilter(file)];
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
      return [wasmFilter("require-token", file, configuration)];
    case "native":
      return [nativeFilter("require-token", file, configuration)];
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
