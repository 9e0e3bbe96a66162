/** The chain with policies as plain JavaScript, without sockets, on a clock that stands still while something can happen. */
import { clusterOf } from "../../../src/abi/cluster-name.js";
import { pluginConfiguration } from "../../../src/config/plugin-configuration.js";
import { SluiceError } from "../../../src/errors.js";
import { compilePolicy } from "../../../src/gateway/index.js";
import { createChain, type Chain } from "../../../src/host/chain/chain.js";
import { defaultLimits } from "../../../src/host/exchange.js";
import { startNativePolicy } from "../../../src/host/native/native-policy.js";
import type { RunningPolicy } from "../../../src/host/policy-runtime.js";
import { FakeUpstreams } from "../../support/fake-upstreams.js";
import { ConfigRefused, logLine, type Engine, type EngineSetup, type LogLine, type RunningEngine } from "../engine.js";
import { InMemoryBackend } from "../in-process/in-memory-backend.js";
import { InMemoryClient } from "../in-process/in-memory-client.js";
import { World } from "../in-process/world.js";
import { plainReply } from "../runner/scripted-answers.js";
import { levelNames } from "./embedded-gateway.js";
import { oncePerFile } from "./once-per-file.js";
import { commonCapabilities } from "./sockets.js";

const bundleOnce = oncePerFile(compilePolicy);

/** By their origins, which no two of a process share. */
const backends = new Map<string, InMemoryBackend>();

export const inProcess: Engine = {
  name: "in-process",
  capabilities: new Set([...commonCapabilities, "properties"]),
  longestWait: undefined,
  shared: false,

  async openBackend(name) {
    const origin = `http://backend-${backends.size}.invalid`;
    const backend = new InMemoryBackend(origin, name === "upstream" ? plainReply : undefined);
    backends.set(origin, backend);
    return Promise.resolve(backend);
  },

  async start(setups) {
    const lines: LogLine[] = [];
    const defects: unknown[] = [];
    const started: Started[] = [];
    const close = async () => {
      await Promise.all(started.flatMap(({ policies }) => policies).map((policy) => policy.close()));
    };
    try {
      for (const setup of setups) started.push(await start(setup, lines, defects));
    } catch (error) {
      await close();
      if (error instanceof SluiceError && error.code === "CONFIG_REFUSED") throw new ConfigRefused(error.message);
      throw error;
    }
    return {
      client: (index) => {
        const { world, chain } = started[index]!;
        return new InMemoryClient(world, chain, setups[index]!.bodyBytes);
      },
      log: () => lines,
      advance: (index, milliseconds) => started[index]!.world.advance(milliseconds),
      async close() {
        await close();
        const open = started.reduce((sum, { chain }) => sum + chain.openExchanges, 0);
        if (open > 0) defects.push(new Error(`${open} exchanges are left over`));
        if (defects.length > 0) throw new AggregateError(defects, "the chain had defects");
      },
    } satisfies RunningEngine;
  },
};

interface Started {
  world: World;
  chain: Chain;
  policies: RunningPolicy[];
}

async function start(setup: EngineSetup, lines: LogLine[], defects: unknown[]): Promise<Started> {
  const { upstream, services, bodyBytes = defaultLimits.bodyBytes } = setup;
  const world = new World(setup.startsAt);
  const backendOf = new Map(
    [["upstream", upstream], ...Object.entries(services), ...Object.values(services).map((origin) => [clusterOf(origin)!.cluster, origin] as const)]
      .map(([name, origin]) => [name, backends.get(origin)!]),
  );
  const upstreams = new FakeUpstreams([...backendOf.keys()], {
    onForward: (forward) => {
      backendOf.get(forward.upstream)!.takeForward(forward, world);
    },
    onCall: (call) => {
      backendOf.get(call.upstream)!.takeCall(call, world);
    },
  });
  const policies: RunningPolicy[] = [];
  try {
    for (const use of setup.policies) {
      const compiled = await bundleOnce(use.file);
      policies.push(startNativePolicy(compiled.bundle(), {
        name: use.name,
        pluginConfiguration: JSON.parse(pluginConfiguration(use, { name: "route-0", limits: { ...defaultLimits, bodyBytes } })) as object,
        clock: world.clock,
        upstreams,
        onLog: (level, record) => lines.push(logLine(levelNames[level], record)),
        mapStack: (stack) => compiled.mapStack(stack),
        callBodyBytes: bodyBytes,
      }));
    }
  } catch (error) {
    await Promise.all(policies.map((policy) => policy.close()));
    throw error;
  }
  const chain = createChain(policies, {
    clock: world.clock, upstreams, reports: { onHostFailure: (_facts, error) => defects.push(error) },
  });
  return { world, chain, policies };
}
