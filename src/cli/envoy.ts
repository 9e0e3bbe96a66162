/** `sluice envoy gateway.yaml -o folder` */
import { resolve } from "node:path";
import { stopCompiler } from "../compiler/bundle.js";
import { writeConfiguration } from "../envoy/write-configuration.js";
import { shownPath } from "../source-frame.js";
import { envoyWarnings } from "./envoy-differences.js";
import { loadGateway } from "./load-gateway.js";

/** As they stand on the command line. */
export interface EnvoyArguments {
  output: string;
  modulePath?: string;
  ca: string;
}

/** Writes the folder. What Envoy does differently is told on standard error, and in the file. */
export async function envoy(file: string, { output, modulePath, ca }: EnvoyArguments): Promise<void> {
  const gateway = await loadGateway(file);
  const warnings = envoyWarnings(file, gateway, "somebody");
  const written = await writeConfiguration(gateway.config, {
    folder: resolve(output),
    ...(modulePath !== undefined && { modulePath }),
    caFile: ca,
    remarks: warnings.map(({ line, key, message }) => `line ${line}, ${key}: ${message}`),
  });
  await stopCompiler();

  for (const { line, column, key, message } of warnings) {
    console.error(`${shownPath(resolve(file))}:${line}:${column} ${key}\n  warning: ${message}`);
  }
  console.log(`sluice wrote ${shownPath(written.file)}`);
}
