/** The embedded gateway, with policies as plain JavaScript. */
import { SluiceError } from "../../../src/errors.js";
import { compilePolicy, startGateway, type CompiledPolicy, type Gateway } from "../../../src/gateway/index.js";
import { ConfigRefused, logLine, type Engine, type EngineSetup, type LogLine, type RunningEngine } from "../engine.js";
import { SocketClient } from "../http1/client.js";
import { commonCapabilities, openServer } from "./sockets.js";

/** By their numbers. */
export const levelNames = ["trace", "debug", "info", "warn", "error", "critical"] as const;

/** Bundles by the file of their policy: bundling takes longer than all the rest. */
const compiled = new Map<string, Promise<CompiledPolicy>>();

export const embeddedGateway: Engine = {
  name: "embedded gateway",
  capabilities: new Set(commonCapabilities),
  shared: false,
  openBackend: openServer,

  async start(setups) {
    const lines: LogLine[] = [];
    const defects: unknown[] = [];
    const gateways: Gateway[] = [];
    const close = async () => {
      await Promise.all(gateways.map((gateway) => gateway.close()));
    };
    try {
      for (const setup of setups) gateways.push(await start(setup, lines, defects));
    } catch (error) {
      await close();
      if (error instanceof SluiceError && error.code === "CONFIG_REFUSED") throw new ConfigRefused(error.message);
      throw error;
    }
    return {
      client: (chain) => new SocketClient(gateways[chain]!.port),
      log: () => lines,
      async close() {
        await close();
        if (defects.length > 0) throw new AggregateError(defects, "the gateway had defects");
      },
    } satisfies RunningEngine;
  },
};

async function start(
  { policies, upstream, services, bodyBytes }: EngineSetup, lines: LogLine[], defects: unknown[],
): Promise<Gateway> {
  const bundles = await Promise.all(policies.map(async ({ file }) => [file, await compileOnce(file)] as const));
  return startGateway(
    {
      upstream,
      upstreams: services,
      policies: policies.map(({ file, ...use }) => ({ ...use, use: file })),
      limits: bodyBytes === undefined ? {} : { bodyBytes },
      // Whatever is in progress when a case is over stays without an answer.
      timeouts: { drainMilliseconds: 0 },
    },
    {
      policies: new Map(bundles),
      onPolicyLog: (level, record) => lines.push(logLine(levelNames[level], record)),
      onDefect: (error) => defects.push(error),
      reports: { onHostFailure: (_facts, error) => defects.push(error) },
    },
  );
}

/** Bundles a policy, once in a process. */
export function compileOnce(file: string): Promise<CompiledPolicy> {
  let bundle = compiled.get(file);
  if (bundle === undefined) {
    bundle = compilePolicy(file);
    compiled.set(file, bundle);
  }
  return bundle;
}
