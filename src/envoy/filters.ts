/** Uses of policies as Envoy's HTTP filters. */

import { policyName } from "../config/located-policy.js";
import type { GatewayConfig, RouteConfig } from "../config/types.js";
import type { PolicyModules } from "./compile-modules.js";
import { type Json, seconds, typed } from "./json.js";
import { answeringFilter, answeringName, isAnswered, nativeFilter } from "./native/filter.js";
import { type PolicyRun, runsOf } from "./policy-runs.js";
import { rootIdOf } from "./root-id.js";
import { moduleOf, runConfiguration, sharedMemoryBytes, sharing } from "./run-configuration.js";

/** A VM that was lost comes back for the next exchange after this. */
const reloadMilliseconds = 100;

/**
 * One filter for each run of policies that share a module, in the order of their routes. All are off; their own routes turn them on.
 */
export function policyFilters(config: GatewayConfig, modules: PolicyModules): Json[] {
  const vmIds = vmIdsOf(config, modules);
  const memoryBytes = sharedMemoryBytes(config, modules);
  const filters = config.routes.flatMap((route) => {
    const onlyOurs = route.policies.every(({ file }) => modules.get(file)?.sluice === true);
    const surroundings = { ...route, upstreams: config.upstreams, metrics: config.metrics };
    return runsOf(route.policies, sharing(modules)).map((run): Json => {
      const { path, library } = moduleOf(modules, run.uses[0].file);
      const rootId = rootIdOf(run, route);
      const vmId = vmIds.get(path)!;
      const configuration = runConfiguration(run, modules, surroundings, onlyOurs ? "ours" : "any", memoryBytes);
      const filter = { name: filterName(route, run), disabled: true };
      if (library !== undefined) {
        return {
          ...filter,
          typed_config: nativeFilter({
            rootId,
            path,
            library,
            vmId,
            answered: isAnswered(run, modules),
            configuration,
          }),
        };
      }
      return {
        ...filter,
        typed_config: typed("envoy.extensions.filters.http.wasm.v3.Wasm", {
          config: {
            name: run.name,
            root_id: rootId,
            // All uses of a module share a VM and the state of its policies, as they do in the embedded gateway.
            vm_config: {
              vm_id: vmId,
              runtime: "envoy.wasm.runtime.v8",
              code: { local: { filename: path } },
            },
            configuration: typed("google.protobuf.StringValue", {
              value: configuration,
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
  const library = config.routes.map((route) => answeringLibrary(route, modules)).find((path) => path !== undefined);
  return library === undefined
    ? filters
    : [{ name: answeringName, disabled: true, typed_config: answeringFilter(library) }, ...filters];
}

/** What a route turns on. */
export function routeFilters(route: RouteConfig, modules: PolicyModules): Json {
  const names = runsOf(route.policies, sharing(modules)).map((run) => filterName(route, run));
  const all = answeringLibrary(route, modules) !== undefined ? [answeringName, ...names] : names;
  return Object.fromEntries(all.map((name) => [name, typed("envoy.config.route.v3.FilterConfig", { config: {} })]));
}

/** Where a run of the route needs the filter that answers for it: the library of that, which all policies that are run natively have. */
function answeringLibrary({ policies }: RouteConfig, modules: PolicyModules): string | undefined {
  const answered = runsOf(policies, sharing(modules)).find((run) => isAnswered(run, modules));
  return answered && moduleOf(modules, answered.uses[0].file).library;
}

function filterName(route: RouteConfig, { name }: PolicyRun): string {
  // Names have no slash.
  return `sluice/${route.name}/${name}`;
}

/** One for each module, by its file: readable. */
export function vmIdsOf(
  { routes }: Pick<GatewayConfig, "routes">,
  modules: PolicyModules,
): ReadonlyMap<string, string> {
  const files = routes.flatMap(({ policies }) => policies.map(({ file }) => file));
  const names = new Map<string, string>();
  for (const file of files) {
    const { path, policy } = moduleOf(modules, file);
    if (!names.has(path)) {
      names.set(path, `${names.size}.${policy === undefined ? policyName(file) : "policies"}`);
    }
  }
  return names;
}
