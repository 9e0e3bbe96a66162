/** What Istio and Envoy Gateway do not honour of a gateway file, or take from elsewhere. `docs/envoy.md` tells the same. */
import { extname } from "node:path";
import type { ConfigPath } from "../config/problems.js";
import type { GatewayConfig } from "../config/types.js";
import type { Difference, Differences } from "./differences.js";
import { nameProblems } from "./kubernetes-names.js";
import { bufferedBytes, type ManifestSystem, policyManifestName, routeManifestName } from "./manifests.js";
import { runsOf, type SharedPolicies } from "./policy-runs.js";

const systemNames = { istio: "Istio", "envoy-gateway": "Envoy Gateway" } as const;
/** Of `wasm` in an EnvoyExtensionPolicy. */
const mostFilters = 16;

/**
 * @param shared the policies that share a module
 * @param gateway the `Gateway` that Istio's manifests are for
 * @param isWritten whether a key stands in the file
 */
export function manifestDifferences(
  system: ManifestSystem,
  config: GatewayConfig,
  shared: SharedPolicies,
  gateway: string,
  isWritten: (path: ConfigPath) => boolean,
): Differences {
  return {
    warnings: warnings(system, config, isWritten),
    problems: [
      ...configurationProblems(config),
      ...(system === "istio" ? istioProblems(config, shared, gateway) : envoyGatewayProblems(config, shared)),
    ],
  };
}

function warnings(
  system: ManifestSystem,
  config: GatewayConfig,
  isWritten: (path: ConfigPath) => boolean,
): Difference[] {
  const found: Difference[] = [];
  const warn = (path: ConfigPath, message: string): void => {
    if (isWritten(path)) {
      found.push({ path, message });
    }
  };
  warn(["listener"], `not in the manifests: what ${systemNames[system]} listens on is its Gateway's`);
  warn(
    ["listener", "trustedHops"],
    system === "istio"
      ? "not in the manifests: set gatewayTopology.numTrustedProxies in the proxies' configuration"
      : "not in the manifests: set clientIPDetection.xForwardedFor.numTrustedHops in a ClientTrafficPolicy",
  );
  warn(["log"], "not in the manifests: lines of policies are Envoy's, at its level for wasm");
  warn(
    ["upstreams"],
    `not in the manifests: where requests go is ${systemNames[system]}'s; a policy that calls an upstream needs the name of an Envoy cluster in its configuration`,
  );
  const first = config.routes.findIndex(({ policies }) => policies.length > 0);
  if (system === "envoy-gateway" && first >= 0) {
    warn(
      ["routes", first, "policies"],
      "the EnvoyProxy sluice, which puts them behind the filters of Envoy Gateway, counts where the Gateway's infrastructure.parametersRef names it; where that names another one, copy filterOrder there",
    );
  }
  for (const [index, { limits, policies }] of config.routes.entries()) {
    if (system === "istio") {
      warn(["routes", index, "match"], "not honoured: the policies see every request of the Gateway");
    } else {
      warn(["routes", index, "match"], "not in the manifests: it is the HTTPRoute's");
    }
    if (policies.length === 0) {
      continue;
    }
    warn(["routes", index, "limits"], "only limits.body, limits.callbackTime and limits.memory are in the manifests");
    if (limits.bodyBytes > bufferedBytes[system]) {
      const path = ["routes", index, ...(isWritten(["routes", index, "limits", "body"]) ? ["limits", "body"] : [])];
      warn(
        path,
        `bodies of more than ${bufferedBytes[system] / 1024}KiB are refused: Envoy buffers no more there; where it does, raise limits.bodyBytes in the manifests`,
      );
    }
    for (const use of policies.keys()) {
      warn(
        ["routes", index, "policies", use, "partialRequests"],
        "not honoured: heads are not held there, so upstreams may see the beginning of a request",
      );
    }
  }
  return found;
}

/** Modules of other SDKs may take a text for their configuration. */
function configurationProblems({ routes }: GatewayConfig): Difference[] {
  return routes.flatMap(({ policies }, route) =>
    policies.flatMap(({ file, config }, use) =>
      extname(file) !== ".wasm" || (typeof config === "object" && config !== null && !Array.isArray(config))
        ? []
        : [
            {
              path: ["routes", route, "policies", use, "config"],
              message: "expected a mapping, which is all that manifests can hold",
            },
          ],
    ),
  );
}

function istioProblems({ routes }: GatewayConfig, shared: SharedPolicies, gateway: string): Difference[] {
  const used = routes.flatMap(({ policies }, index) => (policies.length > 0 ? [index] : []));
  if (used.length > 1) {
    return [
      {
        path: ["routes", used[1]!],
        message: "expected policies in one route only: Istio knows them for a Gateway, not for routes",
      },
    ];
  }
  return used.flatMap((route) => {
    const { policies } = routes[route]!;
    const runs = runsOf(policies, shared);
    const problems = nameProblems(
      runs.map(({ name }) => name),
      (name) => policyManifestName(gateway, name),
    );
    return [...problems].map(([run, message]) => ({
      path: ["routes", route, "policies", policies.indexOf(runs[run]!.uses[0])],
      message,
    }));
  });
}

function envoyGatewayProblems({ routes }: GatewayConfig, shared: SharedPolicies): Difference[] {
  const used = routes.flatMap(({ policies }, index) => (policies.length > 0 ? [index] : []));
  const names = nameProblems(
    used.map((route) => routes[route]!.name),
    routeManifestName,
  );
  return [
    ...[...names].map(([at, message]) => ({ path: ["routes", used[at]!], message })),
    ...used
      .map((route) => ({ route, count: runsOf(routes[route]!.policies, shared).length }))
      .filter(({ count }) => count > mostFilters)
      .map(({ route, count }) => ({
        path: ["routes", route, "policies"],
        message: `expected at most ${mostFilters} filters, got ${count}: an EnvoyExtensionPolicy holds no more`,
      })),
  ];
}
