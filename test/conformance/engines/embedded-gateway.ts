/** The embedded gateway, with policies as plain JavaScript. */
import { SluiceError } from "../../../src/errors.js";
import { compilePolicy, startGateway, type CompiledPolicy, type Gateway } from "../../../src/gateway/index.js";
import { ConfigRefused, logLine, type Engine, type LogLine } from "../engine.js";
import { socketCapabilities } from "./socket-capabilities.js";

/** By their numbers. */
const levels = ["trace", "debug", "info", "warn", "error", "critical"];

/** Bundles by the file of their policy: bundling takes longer than all the rest. */
const compiled = new Map<string, Promise<CompiledPolicy>>();

export const embeddedGateway: Engine = {
  name: "embedded gateway",
  capabilities: new Set(socketCapabilities),

  async start({ policies, upstream, services }) {
    const lines: LogLine[] = [];
    const defects: unknown[] = [];
    const bundles = await Promise.all(policies.map(async ({ file }) => [file, await compileOnce(file)] as const));
    let gateway: Gateway;
    try {
      gateway = await startGateway(
        {
          upstream,
          upstreams: services,
          policies: policies.map(({ file, ...use }) => ({ ...use, use: file })),
          // Whatever is in progress when a case is over stays without an answer.
          timeouts: { drainMilliseconds: 0 },
        },
        {
          policies: new Map(bundles),
          onPolicyLog: (level, record) => lines.push(logLine(levels[level]!, record)),
          onDefect: (error) => defects.push(error),
          reports: { onHostFailure: (_facts, error) => defects.push(error) },
        },
      );
    } catch (error) {
      if (error instanceof SluiceError && error.code === "CONFIG_REFUSED") throw new ConfigRefused(error.message);
      throw error;
    }
    return {
      port: gateway.port,
      log: () => lines,
      async close() {
        await gateway.close();
        if (defects.length > 0) throw new AggregateError(defects, "the gateway had defects");
      },
    };
  },
};

function compileOnce(file: string): Promise<CompiledPolicy> {
  let bundle = compiled.get(file);
  if (bundle === undefined) {
    bundle = compilePolicy(file);
    compiled.set(file, bundle);
  }
  return bundle;
}
