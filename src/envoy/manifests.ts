/** A gateway file's policies as manifests for what runs Envoy in Kubernetes. Listeners, routes and upstreams are that system's own. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setBodyBytesOf } from "../config/plugin-configuration.js";
import type { GatewayConfig, RouteConfig } from "../config/types.js";
import type { PolicyModules } from "./compile-modules.js";
import type { Json } from "./json.js";
import { kubernetesName } from "./kubernetes-names.js";
import { type PolicyRun, runsOf } from "./policy-runs.js";
import { rootIdOf } from "./root-id.js";
import { moduleOf, runConfiguration, sharedMemoryBytes, sharing } from "./run-configuration.js";

export type ManifestSystem = "istio" | "envoy-gateway";

/** What Istio knows a policy by: `WasmPlugin` in every version, or what takes its place from 1.30 on. */
export type IstioKind = "WasmPlugin" | "TrafficExtension";

export interface ManifestOptions {
  /** Where the folder `modules/` can be had from, without a slash at the end. */
  modulesUrl: string;
  /** The `Gateway` whose requests Istio gives to the policies. */
  gateway: string;
  istioKind: IstioKind;
}

/**
 * What Envoy buffers of a body where nobody sets more: Envoy Gateway says 32 KiB, and Istio nothing, which leaves Envoy's own 1 MiB.
 * With a larger limit a gathered body would never be complete.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/listener/v3/listener.proto (per_connection_buffer_limit_bytes)
 */
export const bufferedBytes: Readonly<Record<ManifestSystem, number>> = { istio: 1_048_576, "envoy-gateway": 32_768 };
const imageScheme = "oci://";
export const gatewayApi = "gateway.networking.k8s.io";
const gatewayVersion = "gateway.envoyproxy.io/v1alpha1";

/** The manifests, in the order of the file. */
export async function manifests(
  system: ManifestSystem,
  config: GatewayConfig,
  modules: PolicyModules,
  options: ManifestOptions,
): Promise<Json[]> {
  const code = await codeOf(modules, options.modulesUrl);
  const memoryBytes = sharedMemoryBytes(config, modules);
  const filters = config.routes
    .filter(({ policies }) => policies.length > 0)
    .map((route) => ({
      route,
      filters: runsOf(route.policies, sharing(modules)).map(
        (run): Filter => ({
          run,
          code: codeFor(run, modules, code),
          configuration: manifestConfiguration(system, run, modules, { route, metrics: config.metrics }, memoryBytes),
        }),
      ),
    }));
  return system === "istio"
    ? filters.flatMap((each) => istioManifests(each, options))
    : filters.length === 0
      ? []
      : [...filters.map(wasmPolicy), filterOrder("wasm")];
}

/** A filter of a route. */
interface Filter {
  run: PolicyRun;
  code: Code;
  configuration: Json;
}

interface RouteFilters {
  route: RouteConfig;
  filters: readonly Filter[];
}

/** The name of a WasmPlugin. */
export function policyManifestName(gateway: string, name: string): string {
  return kubernetesName(`${gateway}-${name}`);
}

/** The name of an EnvoyExtensionPolicy, and of the HTTPRoute that it is for. */
export function routeManifestName(name: string): string {
  return kubernetesName(name);
}

interface Code {
  url: string;
  /** Of a file. For an image both systems take it for the image's, which is not known here. */
  sha256?: string;
}

async function codeOf(modules: PolicyModules, url: string): Promise<ReadonlyMap<string, Code>> {
  const paths = [...new Set([...modules.values()].map(({ path }) => path))];
  const entries = paths.map(async (path): Promise<[string, Code]> => {
    const code = { url: `${url}/${basename(path)}` };
    return [
      path,
      url.startsWith(imageScheme)
        ? code
        : {
            ...code,
            sha256: createHash("sha256")
              .update(await readFile(path))
              .digest("hex"),
          },
    ];
  });
  return new Map(await Promise.all(entries));
}

/**
 * Without a `phase` Istio puts them behind its own filters, right before the router.
 * https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/ and …/traffic_extension/
 */
function istioManifests(
  { route, filters }: RouteFilters,
  { gateway, istioKind }: Pick<ManifestOptions, "gateway" | "istioKind">,
): Json[] {
  return filters.map(({ run, code, configuration: pluginConfig }, index) => {
    const wasm = {
      ...code,
      failStrategy: "FAIL_RELOAD",
      // Envoy's root id.
      ...named("pluginName", rootIdOf(run, route)),
      pluginConfig,
    };
    return {
      apiVersion: "extensions.istio.io/v1alpha1",
      kind: istioKind,
      metadata: { name: policyManifestName(gateway, run.name) },
      spec: {
        targetRefs: [{ group: gatewayApi, kind: "Gateway", name: gateway }],
        // Of those for the same Gateway the ones with a higher priority see requests first.
        priority: (filters.length - index) * 10,
        ...(istioKind === "TrafficExtension" ? { wasm } : wasm),
      },
    };
  });
}

/**
 * What a route's requests pass, `wasm` or `dynamicModule`.
 * https://gateway.envoyproxy.io/docs/api/extension_types/#envoyextensionpolicy
 */
export function extensionPolicy(routeName: string, extensions: Json): Json {
  const name = routeManifestName(routeName);
  return {
    apiVersion: gatewayVersion,
    kind: "EnvoyExtensionPolicy",
    metadata: { name },
    spec: { targetRefs: [{ group: gatewayApi, kind: "HTTPRoute", name }], ...extensions },
  };
}

function wasmPolicy({ route, filters }: RouteFilters): Json {
  return extensionPolicy(route.name, {
    wasm: filters.map(({ run, code: { url, ...hash }, configuration: config }) => {
      return {
        name: run.name,
        ...named("rootID", rootIdOf(run, route)),
        code: url.startsWith(imageScheme)
          ? { type: "Image", image: { url: url.slice(imageScheme.length) } }
          : { type: "HTTP", http: { url, ...hash } },
        failOpen: false,
        config,
      };
    }),
  });
}

/**
 * Policies behind the filters that Envoy Gateway would put between them and the router: what one of those lets go would take along
 * what a policy keeps. Each of the three counts where it is used; the last one decides.
 * https://gateway.envoyproxy.io/docs/api/extension_types/#filterposition
 */
export function filterOrder(kind: "wasm" | "dynamic_modules", others: Json = {}): Json {
  return {
    apiVersion: gatewayVersion,
    kind: "EnvoyProxy",
    metadata: { name: "sluice" },
    spec: {
      ...others,
      filterOrder: ["rbac", "local_ratelimit", "ratelimit"].map((filter) => ({
        name: `envoy.filters.http.${kind}`,
        after: `envoy.filters.http.${filter}`,
      })),
    },
  };
}

function codeFor({ uses: [{ file }] }: PolicyRun, modules: PolicyModules, code: ReadonlyMap<string, Code>): Code {
  return code.get(moduleOf(modules, file).path) as Code;
}

/** The key, unless the name is empty. */
function named(key: string, name: string): Readonly<Record<string, string>> {
  return name === "" ? {} : { [key]: name };
}

/**
 * What policies are told there. Neither system sets `allow_on_headers_stop_iteration`, so no heads can be held.
 *
 * @param memoryBytes `sharedMemoryBytes`
 */
export function manifestConfiguration(
  system: ManifestSystem,
  { name, uses: [first, ...others] }: PolicyRun,
  modules: PolicyModules,
  { route: { name: route, limits }, metrics }: { route: RouteConfig; metrics: GatewayConfig["metrics"] },
  memoryBytes: number,
): Json {
  const bufferBytes = bufferedBytes[system];
  const gathering = { ...limits, bodyBytes: Math.min(limits.bodyBytes, bufferBytes) };
  const partial = (use: PolicyRun["uses"][0]) => ({ ...use, partialRequests: "allow" as const });
  const run: PolicyRun = { name, uses: [partial(first), ...others.map(partial)] };
  const made = JSON.parse(
    runConfiguration(run, modules, { name: route, limits: gathering, metrics }, "any", memoryBytes),
  ) as ModuleConfiguration;
  if (!moduleOf(modules, first.file).sluice) {
    return { ...made };
  }
  const setBodyBytes = Math.min(setBodyBytesOf(limits.bodyBytes), bufferBytes);
  const withLimit = (sluice: Json): Json => ({ ...sluice, limits: { ...(sluice["limits"] as Json), setBodyBytes } });
  const { sluice } = made;
  const { uses } = sluice;
  return uses === undefined
    ? { ...made, sluice: { ...withLimit(sluice), holdsHeads: false } }
    : {
        sluice: {
          ...sluice,
          uses: uses.map((use) => ({ ...use, sluice: withLimit(use.sluice) })),
          holdsHeads: false,
        },
      };
}

interface ModuleConfiguration {
  sluice: Json & { uses?: (Json & { sluice: Json })[] };
}
