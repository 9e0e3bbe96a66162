/** A gateway file's policies as manifests for what runs Envoy in Kubernetes. Listeners, routes and upstreams are that system's own. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ConfigPath } from "../config/problems.js";
import { pluginConfiguration } from "../config/plugin-configuration.js";
import type { GatewayConfig, PolicyUse, RouteConfig } from "../config/types.js";
import type { Difference, Differences } from "./differences.js";
import type { Json } from "./json.js";

export type ManifestSystem = "istio" | "envoy-gateway";

export interface ManifestOptions {
  /** Where the folder `modules/` can be had from, without a slash at the end. */
  modulesUrl: string;
  /** The `Gateway` whose requests Istio gives to the policies. */
  gateway: string;
}

/** What both systems let Envoy buffer of a body where nobody sets more. With a larger limit a gathered body would never be complete. */
const bufferedBytes = 32_768;
const longestName = 63;
const gatewayApi = "gateway.networking.k8s.io";

/**
 * The manifests, in the order of the file.
 *
 * @param modules the modules' files by the absolute paths of the policies
 */
export async function manifests(
  system: ManifestSystem, config: GatewayConfig, modules: ReadonlyMap<string, string>, options: ManifestOptions,
): Promise<Json[]> {
  const code = await codeOf(modules, options.modulesUrl);
  const routes = config.routes.filter(({ policies }) => policies.length > 0);
  return system === "istio" ? routes.flatMap((route) => wasmPlugins(route, code, options.gateway)) : routes.map((route) => extensionPolicy(route, code));
}

/** What these systems do differently, or take from elsewhere. */
export function manifestDifferences(system: ManifestSystem, config: GatewayConfig, isWritten: (path: ConfigPath) => boolean): Differences {
  const warnings: Difference[] = [];
  const warn = (path: ConfigPath, message: string): void => {
    if (isWritten(path)) warnings.push({ path, message });
  };
  const names = { istio: "Istio", "envoy-gateway": "Envoy Gateway" } as const;
  const used = config.routes.flatMap(({ policies }, index) => (policies.length > 0 ? [index] : []));
  warn(["listener"], `not in the manifests: what ${names[system]} listens on is its Gateway's`);
  warn(["log"], "not in the manifests: lines of policies are Envoy's, at its level for wasm");
  warn(["upstreams"],
    `not in the manifests: where requests go is ${names[system]}'s; a policy that calls an upstream needs the name of an Envoy cluster in its configuration`);
  for (const [index, { limits, policies }] of config.routes.entries()) {
    if (system === "istio") warn(["routes", index, "match"], "not honoured: the policies see every request of the Gateway");
    else warn(["routes", index, "match"], "not in the manifests: it is the HTTPRoute's");
    if (policies.length === 0) continue;
    warn(["routes", index, "limits"], "only limits.body, limits.callbackTime and limits.memory are in the manifests");
    if (limits.bodyBytes > bufferedBytes) {
      const path = ["routes", index, ...(isWritten(["routes", index, "limits", "body"]) ? ["limits", "body"] : [])];
      warn(path, `bodies of more than 32KiB are refused: Envoy buffers no more there; where it does, raise limits.bodyBytes in the manifests`);
    }
    for (const use of policies.keys()) {
      warn(["routes", index, "policies", use, "partialRequests"], "not honoured: heads are not held there, so upstreams may see the beginning of a request");
    }
  }
  const problems = system === "istio" && used.length > 1
    ? [{ path: ["routes", used[1] ?? 0], message: "expected policies in one route only: Istio knows them for a Gateway, not for routes" }]
    : [];
  return { warnings, problems };
}

interface Code {
  url: string;
  sha256: string;
}

async function codeOf(modules: ReadonlyMap<string, string>, url: string): Promise<ReadonlyMap<string, Code>> {
  const entries = [...modules].map(async ([policy, file]): Promise<[string, Code]> => {
    const sha256 = createHash("sha256").update(await readFile(file)).digest("hex");
    return [policy, { url: `${url}/${basename(file)}`, sha256 }];
  });
  return new Map(await Promise.all(entries));
}

/** https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/ */
function wasmPlugins(route: RouteConfig, code: ReadonlyMap<string, Code>, gateway: string): Json[] {
  return route.policies.map((use, index) => ({
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { name: kubernetesName(`${gateway}-${use.name}`) },
    spec: {
      targetRefs: [{ group: gatewayApi, kind: "Gateway", name: gateway }],
      ...codeFor(use, code),
      // Of plugins for the same Gateway those with a higher priority see requests first.
      priority: (route.policies.length - index) * 10,
      failStrategy: "FAIL_RELOAD",
      pluginName: use.name,
      pluginConfig: configuration(use, route),
    },
  }));
}

/** https://gateway.envoyproxy.io/docs/api/extension_types/#envoyextensionpolicy */
function extensionPolicy(route: RouteConfig, code: ReadonlyMap<string, Code>): Json {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyExtensionPolicy",
    metadata: { name: kubernetesName(route.name) },
    spec: {
      targetRefs: [{ group: gatewayApi, kind: "HTTPRoute", name: kubernetesName(route.name) }],
      wasm: route.policies.map((use) => {
        const { url, sha256 } = codeFor(use, code);
        const oci = /^oci:\/\/(.*)$/.exec(url)?.[1];
        return {
          name: use.name,
          rootID: `${route.name}/${use.name}`,
          code: oci === undefined ? { type: "HTTP", http: { url, sha256 } } : { type: "Image", image: { url: oci, sha256 } },
          failOpen: false,
          config: configuration(use, route),
        };
      }),
    },
  };
}

function codeFor({ file }: PolicyUse, code: ReadonlyMap<string, Code>): Code {
  const found = code.get(file);
  if (found === undefined) throw new Error(`There is no module for ${file}.`);
  return found;
}

/** Neither system sets `allow_on_headers_stop_iteration`, so no heads can be held. */
function configuration(use: PolicyUse, { name, limits }: RouteConfig): Json {
  const holding = { ...limits, bodyBytes: Math.min(limits.bodyBytes, bufferedBytes) };
  const { config, sluice } = JSON.parse(pluginConfiguration({ ...use, partialRequests: "allow" }, { name, limits: holding })) as { config: unknown; sluice: object };
  return { config, sluice: { ...sluice, holdsHeads: false } };
}

/** A label of RFC 1123, as Kubernetes wants names. */
function kubernetesName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, longestName).replace(/^-+|-+$/g, "");
}
