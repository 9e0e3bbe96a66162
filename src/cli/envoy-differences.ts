/** Tells what Envoy makes of a gateway file that the embedded gateway does not. */
import { resolve } from "node:path";
import type { GatewayFile } from "../config/gateway-file.js";
import type { CheckedPolicy } from "../config/policies.js";
import { ConfigError, type ConfigPath, formatPath } from "../config/problems.js";
import { type Difference, type Differences, differences, type EnvoyStarter } from "../envoy/differences.js";
import { manifestDifferences } from "../envoy/manifest-differences.js";
import type { ManifestSystem } from "../envoy/manifests.js";
import { shownPath } from "../source-frame.js";

export interface Warning {
  /** From 1, in the gateway file. */
  line: number;
  column: number;
  key: string;
  message: string;
}

type Gateway = Pick<GatewayFile<CheckedPolicy>, "config" | "placeOf">;

/** What Envoy does differently, in the order of the file. Throws ConfigError when Envoy would not start. */
export function envoyWarnings(file: string, gateway: Gateway, starter: EnvoyStarter): Warning[] {
  return shown(
    file,
    gateway,
    differences(gateway.config, (path) => gateway.placeOf(path) !== undefined, starter),
  );
}

/** The same of what runs Envoy in Kubernetes. Throws ConfigError for what cannot be said there. */
export function manifestWarnings(
  file: string,
  gateway: Gateway,
  system: ManifestSystem,
  kubernetesGateway: string,
): Warning[] {
  return shown(
    file,
    gateway,
    manifestDifferences(system, gateway.config, kubernetesGateway, (path) => gateway.placeOf(path) !== undefined),
  );
}

function shown(file: string, { placeOf }: Gateway, { warnings, problems }: Differences): Warning[] {
  const place = (path: ConfigPath) => placeOf(path) ?? { line: 1, column: 1 };
  if (problems.length > 0) {
    throw new ConfigError(
      shownPath(resolve(file)),
      problems.map(({ path, message }) => ({ path, message, ...place(path) })),
    );
  }
  return warnings
    .map(({ path, message }: Difference) => ({ ...place(path), key: formatPath(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
