/** The embedded gateway, with policies as plain JavaScript or as modules. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ConfigRefused,
  type Engine,
  type EngineSetup,
  type LogLine,
  logLine,
  type RunningEngine,
} from "../../src/cases/engine.js";
import { compiledModule } from "../../src/cases/engines/compiled-modules.js";
import { oncePerFile } from "../../src/cases/engines/once-per-file.js";
import { commonCapabilities, longestWait, openServer } from "../../src/cases/engines/sockets.js";
import { SocketClient } from "../../src/cases/http1/client.js";
import { SluiceError } from "../../src/errors.js";
import { compilePolicy, type Gateway, type LoadedPolicy, loadPolicy, startGateway } from "../../src/gateway/index.js";
import { testedLimits } from "./tested-limits.js";

/** By their numbers. */
export const levelNames = ["trace", "debug", "info", "warn", "error", "critical"] as const;

/** Runs policies as plain JavaScript. */
export const embeddedGateway = gatewayEngine("embedded gateway", compilePolicy);

/** Runs policies as the modules that Envoy runs, too. */
export const embeddedGatewayWithModules = gatewayEngine("embedded gateway with modules", loadCompiled);

async function loadCompiled(file: string): Promise<LoadedPolicy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  try {
    const module = join(folder, `${basename(file, ".ts")}.wasm`);
    await writeFile(module, await compiledModule(file));
    return await loadPolicy(module);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function gatewayEngine(name: string, load: (file: string) => Promise<LoadedPolicy>): Engine {
  const loadOnce = oncePerFile(load);
  return {
    name,
    capabilities: new Set(commonCapabilities),
    longestWait,
    shared: false,
    openBackend: openServer,

    async start(setups) {
      const told: Told[] = setups.map(() => ({ lines: [], defects: [] }));
      const gateways: Gateway[] = [];
      const close = async () => {
        await Promise.all(gateways.map((gateway) => gateway.close()));
      };
      try {
        for (const [index, setup] of setups.entries()) {
          gateways.push(await start(setup, loadOnce, told[index]!));
        }
      } catch (error) {
        await close();
        if (error instanceof SluiceError && error.code === "CONFIG_REFUSED") {
          throw new ConfigRefused(error.message);
        }
        throw error;
      }
      return {
        client: (chain) => new SocketClient(gateways[chain]!.port),
        log: (chain) => told[chain]!.lines,
        advance: (_chain, milliseconds) => delay(milliseconds),
        async close() {
          await close();
          const defects = told.flatMap((each) => each.defects);
          if (defects.length > 0) {
            throw new AggregateError(defects, "the gateway had defects");
          }
        },
      } satisfies RunningEngine;
    },
  };
}

/** What a gateway has told. */
interface Told {
  lines: LogLine[];
  defects: unknown[];
}

async function start(
  { policies, upstream, services, limits }: EngineSetup,
  load: (file: string) => Promise<LoadedPolicy>,
  { lines, defects }: Told,
): Promise<Gateway> {
  const loaded = await Promise.all(policies.map(async ({ file }) => [file, await load(file)] as const));
  return startGateway(
    {
      upstream,
      upstreams: services,
      policies: policies.map(({ file, ...use }) => ({ ...use, use: file })),
      requestTrailers: "pass",
      limits: { ...testedLimits, ...limits },
      // Whatever is in progress when a case is over stays without an answer.
      timeouts: { drainMilliseconds: 0 },
    },
    {
      policies: new Map(loaded),
      onPolicyLog: (level, record) => lines.push(logLine(levelNames[level], record)),
      onDefect: (error) => defects.push(error),
      reports: { onHostFailure: (_facts, error) => defects.push(error) },
    },
  );
}
