/** A real Envoy, with policies compiled to modules: one process, a listener for each setup. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installEnvoy } from "../../../src/envoy/install-envoy.js";
import { keptLines, startEnvoyWith } from "../../../src/envoy/run-envoy.js";
import { SluiceError } from "../../../src/errors.js";
import { ConfigRefused, logLine, type Engine, type EngineSetup, type LogLine, type RunningEngine } from "../engine.js";
import { SocketClient } from "../http1/client.js";
import { cacheDir, compiledModule } from "./compiled-modules.js";
import { bootstrapOf, listenerPorts } from "./envoy-bootstrap.js";
import { commonCapabilities, openServer } from "./sockets.js";

/** @param bufferLimitBytes What Envoy buffers of each direction, and thereby the limit of a gathered body. */
export function envoy(bufferLimitBytes: number): Engine {
  return {
    name: "Envoy",
    capabilities: new Set(commonCapabilities),
    shared: true,
    openBackend: openServer,
    start: (setups) => start(setups, bufferLimitBytes),
  };
}

async function start(setups: readonly EngineSetup[], bufferLimitBytes: number): Promise<RunningEngine> {
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
    const running = await startEnvoyWith(bootstrapOf(setups, modules, bufferLimitBytes), { binary });
    const close = () => running.close().then(remove);
    try {
      const ports = await listenerPorts(running.adminPort);
      return { client: (chain) => new SocketClient(ports[chain]!), log: policyLines(running.log), close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await remove();
    if (error instanceof SluiceError && error.message.includes("CONFIG_REFUSED")) throw new ConfigRefused(error.message);
    throw error;
  }
}

/** What policies write is JSON, behind Envoy's own words about whose line it is. */
const policyLine = /^(\w+) wasm wasm log[^{]*(\{.*\})$/;

function policyLines(log: readonly string[]): () => readonly LogLine[] {
  const lines: LogLine[] = [];
  let read = 0;
  return () => {
    if (log.length >= keptLines) throw new Error("Envoy has logged more than is kept of it");
    for (; read < log.length; read++) {
      const [, level = "", record] = policyLine.exec(log[read]!) ?? [];
      if (record !== undefined) lines.push(logLine(level === "warning" ? "warn" : level, JSON.parse(record) as { msg: string }));
    }
    return lines;
  };
}
