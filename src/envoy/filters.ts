/** Uses of policies as Envoy's HTTP filters. */

import { policyName } from "../config/located-policy.js";
import { moduleConfiguration } from "../config/plugin-configuration.js";
import type { GatewayConfig, PolicyUse, RouteConfig } from "../config/types.js";
import type { PolicyModules } from "./compile-modules.js";
import { type Json, seconds, typed } from "./json.js";
import { rootIdOf } from "./root-id.js";

/** A VM that was lost comes back for the next exchange after this. */
const reloadMilliseconds = 100;

/** One filter for each use of a policy, in the order of their routes. All are off; their own routes turn them on. */
export function policyFilters(config: GatewayConfig, modules: PolicyModules): Json[] {
  const vmIds = vmIdsOf(config);
  return config.routes.flatMap((route) => {
    const onlyOurs = route.policies.every(({ file }) => modules.get(file)?.sluice === true);
    return route.policies.map((use): Json => {
      const module = modules.get(use.file);
      if (module === undefined) {
        throw new Error(`There is no module for ${use.file}.`);
      }
      return {
        name: filterName(route, use),
        disabled: true,
        typed_config: typed("envoy.extensions.filters.http.wasm.v3.Wasm", {
          config: {
            name: use.name,
            root_id: rootIdOf(use, route),
            // All uses of a policy share a VM and the state of its module, as they do in the embedded gateway.
            vm_config: {
              vm_id: vmIds.get(use.file),
              runtime: "envoy.wasm.runtime.v8",
              code: { local: { filename: module.path } },
            },
            configuration: typed("google.protobuf.StringValue", {
              value: moduleConfiguration(
                use,
                { ...route, upstreams: config.upstreams },
                { ...module, buffers: onlyOurs ? "ours" : "any" },
              ),
            }),
            failure_policy: "FAIL_RELOAD",
            reload_config: { backoff: { base_interval: seconds(reloadMilliseconds) } },
            // Without it no body callback comes while a head is held.
            allow_on_headers_stop_iteration: true,
          },
        }),
      };
    });
  });
}

/** What a route turns on. */
export function routeFilters(route: RouteConfig): Json {
  return Object.fromEntries(
    route.policies.map((use) => [filterName(route, use), typed("envoy.config.route.v3.FilterConfig", { config: {} })]),
  );
}

function filterName(route: RouteConfig, use: PolicyUse): string {
  // Names have no slash.
  return `sluice/${route.name}/${use.name}`;
}

/** One for each policy, readable. */
function vmIdsOf(config: GatewayConfig): ReadonlyMap<string, string> {
  const files = new Set(config.routes.flatMap(({ policies }) => policies.map(({ file }) => file)));
  return new Map([...files].map((file, index) => [file, `${index}.${policyName(file)}`]));
}
