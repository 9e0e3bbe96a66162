/** Envoy's configuration for a gateway file: one way to make it, for `sluice envoy`, `sluice run` and the tests. */
import type { GatewayConfig } from "../config/types.js";
import { clusters } from "./clusters.js";
import type { PolicyModules } from "./compile-modules.js";
import type { Json } from "./json.js";
import { listener } from "./listener.js";

export interface BootstrapOptions {
  modules: PolicyModules;
  /** Certificates that https upstreams are checked with: a PEM file where Envoy runs. */
  caFile: string;
}

/** What Envoy buffers at least of each direction of an exchange, whatever the routes' `limits.body`. */
const smallestBuffer = 65_536;

/** Envoy's bootstrap, without an admin interface, ready for `JSON.stringify`. The same input gives the same output. */
export function envoyBootstrap(config: GatewayConfig, options: BootstrapOptions): Json {
  // A policy may gather what Envoy buffers at most: beyond that Envoy would wait for ever.
  const bufferBytes = Math.max(smallestBuffer, ...config.routes.map(({ limits }) => limits.bodyBytes));
  return {
    // Policies' metrics are named `<name>;policy=<name of the use>`.
    stats_config: { stats_tags: [{ tag_name: "policy", regex: "^wasmcustom\\.[^;]*(;policy=([^;]*))" }] },
    static_resources: {
      listeners: [listener(config, options.modules, bufferBytes)],
      clusters: clusters(config, options.caFile, bufferBytes),
    },
  };
}
