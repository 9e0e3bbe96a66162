/** Tells what Envoy makes of a gateway file that the embedded gateway does not. */
import { resolve } from "node:path";
import type { GatewayFile } from "../config/gateway-file.js";
import type { CheckedPolicy } from "../config/policies.js";
import { ConfigError, formatPath, type ConfigPath } from "../config/problems.js";
import { differences, type Difference, type EnvoyStarter } from "../envoy/differences.js";
import { shownPath } from "../source-frame.js";

export interface Warning {
  /** From 1, in the gateway file. */
  line: number;
  column: number;
  key: string;
  message: string;
}

/** What Envoy does differently, in the order of the file. Throws ConfigError when Envoy would not start. */
export function envoyWarnings(
  file: string, { config, placeOf }: Pick<GatewayFile<CheckedPolicy>, "config" | "placeOf">, starter: EnvoyStarter,
): Warning[] {
  const place = (path: ConfigPath) => placeOf(path) ?? { line: 1, column: 1 };
  const { warnings, problems } = differences(config, (path) => placeOf(path) !== undefined, starter);
  if (problems.length > 0) {
    throw new ConfigError(shownPath(resolve(file)), problems.map(({ path, message }) => ({ path, message, ...place(path) })));
  }
  return warnings
    .map(({ path, message }: Difference) => ({ ...place(path), key: formatPath(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
