/** Envoy's configuration for a gateway file: one way to make it, for `sluice envoy`, `sluice run` and the tests. */
import { setBodyBytesOf } from "../config/plugin-configuration.js";
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

/** Envoy's bootstrap, without an admin interface, ready for `JSON.stringify`. The same input gives the same output. */
export function envoyBootstrap(config: GatewayConfig, options: BootstrapOptions): Json {
  // More than a policy may gather, so that the policy counts first; as much as it may set, since Envoy answers what is larger itself.
  const gathered = config.routes.map(({ limits, policies }) => (policies.length === 0 ? 0 : limits.bodyBytes));
  const bufferBytes = setBodyBytesOf(Math.max(...gathered));
  return {
    // Policies' metrics are named `<name>;policy=<name of the use>`, Sluice's own `sluice_<name>;policy=<name of the use>;route=<name>`.
    stats_config: {
      stats_tags: [
        { tag_name: "policy", regex: "^wasmcustom\\.[^;]*(;policy=([^;]*))" },
        { tag_name: "route", regex: "^wasmcustom\\.sluice_[^;]*;policy=[^;]*(;route=([^;]*))" },
      ],
    },
    static_resources: {
      listeners: [listener(config, options.modules, bufferBytes)],
      clusters: clusters(config, options.caFile),
    },
  };
}
