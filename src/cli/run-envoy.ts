/** `sluice run --engine envoy gateway.yaml` */
import { once } from "node:events";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { stopCompiler } from "../compiler/bundle.js";
import type { GatewayConfig, ListenerConfig } from "../config/types.js";
import { envoyBootstrap } from "../envoy/bootstrap.js";
import { defaultCaFile, systemCaFile } from "../envoy/ca-file.js";
import { compileModules } from "../envoy/compile-modules.js";
import { findEnvoy } from "../envoy/find-envoy.js";
import { findLibrary, processorOf } from "../envoy/native/library.js";
import { assertNativeVersion } from "../envoy/native/versions.js";
import { sharedPolicies } from "../envoy/policy-runs.js";
import { startEnvoy } from "../envoy/run-envoy.js";
import { temporaryFolder } from "../envoy/temporary-folder.js";
import { SluiceError } from "../errors.js";
import { formatAddress } from "../gateway/addresses.js";
import { useBaselineCompiler } from "./baseline-wasm.js";
import { envoyWarnings } from "./envoy-differences.js";
import { envoyLogTo } from "./envoy-log.js";
import { logWarnings } from "./file-warnings.js";
import { loadGateway } from "./load-gateway.js";
import { createLogger } from "./logger.js";
import { stopSignal } from "./shutdown.js";

/** As they stand on the command line. */
export interface RunEnvoyArguments {
  envoy?: string;
  ca?: string;
}

/**
 * Runs until SIGTERM or SIGINT. Throws what is wrong with the file, or with Envoy, before anything is started.
 *
 * @param native Policies are run in Envoy's own process, and not as modules.
 */
export async function runEnvoy(
  file: string,
  { envoy: binary, ca }: RunEnvoyArguments,
  { native }: { native: boolean },
): Promise<void> {
  const stopped = stopSignal();
  useBaselineCompiler();
  const library = native ? await findLibrary(processorOf()) : undefined;
  const gateway = await loadGateway(file);
  const { config } = gateway;
  const warnings = envoyWarnings(file, gateway, "sluice");
  const caFile = ca === undefined ? caFileFor(config) : resolve(ca);
  const found = await findEnvoy(binary, process.env["PATH"]);
  if (native) {
    assertNativeVersion(found.version, found.binary);
  }
  await assertFree(config.listener);

  const logger = createLogger(config.log.level, process.stderr.isTTY);
  logWarnings(logger, file, warnings);
  if (!found.tested) {
    logger.warn({ envoy: found.version }, "Sluice is tested with another version of Envoy: see docs/envoy.md");
  }

  const folder = await temporaryFolder();
  try {
    const modules = await compileModules(config, folder.path, { shared: sharedPolicies(config), library });
    await stopCompiler();
    const envoy = await startEnvoy(envoyBootstrap(config, { modules, caFile }), {
      binary: found.binary,
      logLevel: config.log.level,
      ...envoyLogTo(logger),
    });
    try {
      logger.info({ envoy: found.version, binary: found.binary, pid: envoy.pid }, "Envoy runs");
      console.log(`sluice listens on http://${formatAddress(config.listener.host, envoy.port)}`);
      const signal = await Promise.race([stopped, envoy.ended.then(endedByItself)]);
      logger.info(`stopping on ${signal}`);
      await envoy.drain(config.listener.timeouts.drainMilliseconds);
    } finally {
      await envoy.close();
    }
  } finally {
    await folder.remove();
  }
}

function endedByItself(how: string): never {
  throw new SluiceError("ENVOY_UNAVAILABLE", `Envoy ended by itself with ${how}; its last lines are in the log.`);
}

function caFileFor({ upstreams }: GatewayConfig): string {
  const file = systemCaFile();
  if (file === undefined && Object.values(upstreams).some(({ url }) => url.startsWith("https:"))) {
    throw new SluiceError(
      "USAGE",
      "--ca: the system's certificate authorities are in none of the usual places; name their PEM file.",
    );
  }
  return file ?? defaultCaFile;
}

/** Two Envoys may share a port, and each get a part of the requests; that is never what was meant. */
async function assertFree({ host, port }: ListenerConfig): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), "listening");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SluiceError("LISTEN_FAILED", `Envoy cannot listen on ${host}:${port}: ${reason}.`, { cause: error });
  }
  server.close();
  await once(server, "close");
}
