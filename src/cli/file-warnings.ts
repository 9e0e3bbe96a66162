/** What a gateway file does that may surprise, shown with its place. */
import { resolve } from "node:path";
import type { Logger } from "pino";
import type { GatewayFile } from "../config/gateway-file.js";
import type { CheckedPolicy } from "../config/policies.js";
import { type ConfigPath, formatPath } from "../config/problems.js";
import { routeWarnings } from "../config/route-warnings.js";
import { shownPath } from "../source-frame.js";

export interface Warning {
  /** From 1, in the gateway file. */
  line: number;
  column: number;
  key: string;
  message: string;
}

export type WarnedFile = Pick<GatewayFile<CheckedPolicy>, "config" | "placeOf">;

/** Findings in the order of the file. */
export function inFile({ placeOf }: WarnedFile, findings: readonly { path: ConfigPath; message: string }[]): Warning[] {
  return findings
    .map(({ path, message }) => ({ ...(placeOf(path) ?? { line: 1, column: 1 }), key: formatPath(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** What is true of every engine. */
export function gatewayWarnings(gateway: WarnedFile): Warning[] {
  return inFile(gateway, routeWarnings(gateway.config.routes));
}

/** `gateway.yaml:7:13` */
export function warningPlace(file: string, { line, column }: Warning): string {
  return `${shownPath(resolve(file))}:${String(line)}:${String(column)}`;
}

/** One line for each. */
export function logWarnings(logger: Logger, file: string, warnings: readonly Warning[]): void {
  for (const warning of warnings) {
    logger.warn({ at: warningPlace(file, warning), key: warning.key }, warning.message);
  }
}
