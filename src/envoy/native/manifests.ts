/** A gateway file's policies as manifests for what runs Envoy in Kubernetes, where they are run natively. */
import type { GatewayConfig, RouteConfig } from "../../config/types.js";
import { SluiceError } from "../../errors.js";
import type { PolicyModules } from "../compile-modules.js";
import { vmIdsOf } from "../filters.js";
import type { Json } from "../json.js";
import {
  extensionPolicy,
  filterOrder,
  gatewayApi,
  type ManifestSystem,
  manifestConfiguration,
  policyManifestName,
} from "../manifests.js";
import { runsOf } from "../policy-runs.js";
import { rootIdOf } from "../root-id.js";
import { moduleOf, sharedMemoryBytes, sharing } from "../run-configuration.js";
import {
  answeringFilter,
  answeringName,
  isAnswered,
  type NativeFilter,
  nativeFilter,
  nativeFilterName,
} from "./filter.js";

/** What the library is called in an EnvoyProxy. */
const registeredName = "sluice";
/** Of `filterName` in an EnvoyExtensionPolicy. */
const longestFilterName = 253;

/**
 * The manifests, in the order of the file. Both systems take files as they are in the proxies' file system.
 *
 * @param modules with paths there
 * @param options the `Gateway` whose requests Istio gives to the policies
 * @throws SluiceError USAGE for a policy that is a module: it would be a filter of another kind, and nothing says which comes first
 */
export function nativeManifests(
  system: ManifestSystem,
  config: GatewayConfig,
  modules: PolicyModules,
  { gateway }: { gateway: string },
): Json[] {
  const module = [...modules].find(([, { library }]) => library === undefined)?.[0];
  if (module !== undefined) {
    throw new SluiceError(
      "USAGE",
      `${module}: expected policies from source for --target envoy-native with --for, got a module: leave --target out, or compile the policy's source.`,
    );
  }
  const routes = config.routes
    .filter(({ policies }) => policies.length > 0)
    .map((route) => ({ route, filters: filtersOf(system, route, config, modules) }));
  const library = [...modules.values()].map((each) => each.library).find((path) => path !== undefined);
  if (library === undefined) {
    return [];
  }
  return system === "istio"
    ? routes.map((each) => istioManifest(each, gateway))
    : [...routes.map(dynamicModulePolicy), registration(library)];
}

interface ManifestFilter extends Omit<NativeFilter, "configuration"> {
  name: string;
  configuration: Json;
}

interface RouteFilters {
  route: RouteConfig;
  filters: readonly ManifestFilter[];
}

function filtersOf(
  system: ManifestSystem,
  route: RouteConfig,
  config: GatewayConfig,
  modules: PolicyModules,
): ManifestFilter[] {
  const vmIds = vmIdsOf(config, modules);
  const memoryBytes = sharedMemoryBytes(config, modules);
  return runsOf(route.policies, sharing(modules)).map((run) => {
    const { path, library } = moduleOf(modules, run.uses[0].file);
    return {
      name: run.name,
      rootId: rootIdOf(run, route),
      path,
      library: library as string,
      vmId: vmIds.get(path) as string,
      answered: isAnswered(run, modules),
      configuration: manifestConfiguration(system, run, modules, { route, metrics: config.metrics }, memoryBytes),
    };
  });
}

function needsAnswering(filters: readonly ManifestFilter[]): boolean {
  return filters.some(({ answered }) => answered);
}

/** Each goes right before the router, behind those that went there before. https://istio.io/latest/docs/reference/config/networking/envoy-filter/ */
function istioManifest({ filters }: RouteFilters, gateway: string): Json {
  const [{ library }] = filters as [ManifestFilter];
  const values = [
    ...(needsAnswering(filters) ? [{ name: answeringName, typed_config: answeringFilter(library) }] : []),
    ...filters.map(({ name, configuration, ...filter }) => ({
      name: `sluice/${name}`,
      typed_config: nativeFilter({ ...filter, configuration: JSON.stringify(configuration) }),
    })),
  ];
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: policyManifestName(gateway, "sluice") },
    spec: {
      targetRefs: [{ group: gatewayApi, kind: "Gateway", name: gateway }],
      configPatches: values.map((value) => ({
        applyTo: "HTTP_FILTER",
        match: {
          context: "GATEWAY",
          listener: {
            filterChain: {
              filter: {
                name: "envoy.filters.network.http_connection_manager",
                subFilter: { name: "envoy.filters.http.router" },
              },
            },
          },
        },
        patch: { operation: "INSERT_BEFORE", value },
      })),
    },
  };
}

/** https://gateway.envoyproxy.io/latest/tasks/extensibility/dynamic-modules/ */
function dynamicModulePolicy({ route, filters }: RouteFilters): Json {
  return extensionPolicy(route.name, {
    dynamicModule: [
      ...(needsAnswering(filters) ? [{ name: registeredName, filterName: "answers" }] : []),
      ...filters.map(({ configuration, ...filter }) => ({
        name: registeredName,
        filterName: shortEnough(nativeFilterName(filter)),
        config: configuration,
      })),
    ],
  });
}

function shortEnough(name: string): string {
  if (name.length > longestFilterName) {
    throw new SluiceError(
      "USAGE",
      `${name}: expected at most ${longestFilterName} characters for Envoy Gateway, got ${name.length}: take a shorter --module-path, or shorter names of route and policy.`,
    );
  }
  return name;
}

/** Policies behind the filters of Envoy Gateway's own, as `filterOrder` says. */
function registration(library: string): Json {
  return filterOrder("dynamic_modules", {
    dynamicModules: [{ name: registeredName, source: { type: "Local", local: { path: library } }, doNotClose: true }],
  });
}
