/** Tells what Envoy makes of a gateway file that the embedded gateway does not. */
import { resolve } from "node:path";
import { ConfigError } from "../config/problems.js";
import { routeWarnings } from "../config/route-warnings.js";
import { type Differences, differences, type EnvoyStarter } from "../envoy/differences.js";
import { manifestDifferences } from "../envoy/manifest-differences.js";
import type { ManifestSystem } from "../envoy/manifests.js";
import type { SharedPolicies } from "../envoy/policy-runs.js";
import { shownPath } from "../source-frame.js";
import { inFile, type WarnedFile, type Warning } from "./file-warnings.js";

/** What Envoy does differently, and what any engine does that may surprise, in the order of the file. Throws ConfigError when Envoy would not start. */
export function envoyWarnings(file: string, gateway: WarnedFile, starter: EnvoyStarter): Warning[] {
  const { warnings, problems } = differences(gateway.config, (path) => gateway.placeOf(path) !== undefined, starter);
  return shown(file, gateway, { warnings: [...warnings, ...routeWarnings(gateway.config.routes)], problems });
}

/** The same of what runs Envoy in Kubernetes. Throws ConfigError for what cannot be said there. */
export function manifestWarnings(
  file: string,
  gateway: WarnedFile,
  system: ManifestSystem,
  shared: SharedPolicies,
  kubernetesGateway: string,
): Warning[] {
  const isWritten: Parameters<typeof manifestDifferences>[4] = (path) => gateway.placeOf(path) !== undefined;
  return shown(file, gateway, manifestDifferences(system, gateway.config, shared, kubernetesGateway, isWritten));
}

function shown(file: string, gateway: WarnedFile, { warnings, problems }: Differences): Warning[] {
  if (problems.length > 0) {
    throw new ConfigError(
      shownPath(resolve(file)),
      problems.map(({ path, message }) => ({
        path,
        message,
        ...(gateway.placeOf(path) ?? { line: 1, column: 1 }),
      })),
    );
  }
  return inFile(gateway, warnings);
}
