/** A real Envoy, with policies compiled to modules: one process, a listener for each setup. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { installEnvoy } from "../../../src/envoy/install-envoy.js";
import { startEnvoy } from "../../../src/envoy/run-envoy.js";
import { SluiceError } from "../../../src/errors.js";
import { parseLogLine } from "../../../src/host/log-record.js";
import { ConfigRefused, logLine, type Engine, type EngineSetup, type LogLine, type RunningEngine } from "../engine.js";
import { SocketClient } from "../http1/client.js";
import { cacheDir, compiledModule } from "./compiled-modules.js";
import { bootstrapOf, listenerName } from "./envoy-bootstrap.js";
import { commonCapabilities, longestWait, openServer } from "./sockets.js";

/** @param bodyBytes The limit of a gathered body where a case has none, and thereby what Envoy buffers of each direction. */
export function envoy(bodyBytes: number): Engine {
  return {
    name: "Envoy",
    // Properties of connections by real ones: it has TLS.
    capabilities: new Set([...commonCapabilities, "properties"]),
    longestWait,
    shared: true,
    openBackend: openServer,
    start: (setups) => start(setups, bodyBytes),
  };
}

async function start(setups: readonly EngineSetup[], bodyBytes: number): Promise<RunningEngine> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const binary = await installEnvoy(cacheDir);
    const files = [...new Set(setups.flatMap(({ policies }) => policies.map(({ file }) => file)))];
    const modules = new Map(await Promise.all(files.map(async (file, index) => {
      const module = join(folder, `${index}.wasm`);
      await writeFile(module, await compiledModule(file));
      return [file, module] as const;
    })));
    const lines: LogLine[] = [];
    const running = await startEnvoy(bootstrapOf(setups, modules, bodyBytes), {
      binary,
      concurrency: 1,
      onLine: ({ level, policy }) => {
        if (policy === undefined) return;
        lines.push(logLine(level === "warning" ? "warn" : level, parseLogLine(policy.name, policy.line)));
      },
    });
    return {
      client: (chain) => new SocketClient(running.ports.get(listenerName(chain))!, setups[chain]!.tls?.ca),
      log: () => lines,
      advance: (_chain, milliseconds) => delay(milliseconds),
      close: () => running.close().then(remove),
    };
  } catch (error) {
    await remove();
    if (error instanceof SluiceError && error.message.includes("CONFIG_REFUSED")) throw new ConfigRefused(error.message);
    throw error;
  }
}
