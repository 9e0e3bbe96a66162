/** A real Envoy, with policies compiled to modules. */
import { SluiceError } from "../../../src/errors.js";
import type { RunningEnvoy } from "../../../src/envoy/run-envoy.js";
import { startPolicies } from "../../envoy/support/policies-in-envoy.js";
import { ConfigRefused, logLine, type Engine, type LogLine } from "../engine.js";
import { socketCapabilities } from "./socket-capabilities.js";

/** @param bufferLimitBytes What Envoy buffers of each direction, and thereby the limit of a gathered body. */
export function envoy(bufferLimitBytes: number): Engine {
  return {
    name: "Envoy",
    capabilities: new Set(socketCapabilities),

    async start({ policies, upstream, services }) {
      let running: RunningEnvoy;
      try {
        running = await startPolicies({
          routeUpstream: "upstream",
          upstreams: [address("upstream", upstream), ...Object.values(services).map((origin) => address(origin, origin))],
          policies: [...policies],
          bufferLimitBytes,
        });
      } catch (error) {
        if (error instanceof SluiceError && error.message.includes("CONFIG_REFUSED")) throw new ConfigRefused(error.message);
        throw error;
      }
      return { port: running.port, log: () => policyLines(running.log), close: () => running.close() };
    },
  };
}

function address(name: string, origin: string): { name: string; address: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { name, address: hostname, port: Number(port) };
}

/** What policies write is JSON, behind Envoy's own words about whose line it is. */
const policyLine = /^(\w+) wasm wasm log[^{]*(\{.*\})$/;

function policyLines(log: readonly string[]): LogLine[] {
  return log.flatMap((line) => {
    const [, level, record] = policyLine.exec(line) ?? [];
    if (level === undefined || record === undefined) return [];
    return [logLine(level === "warning" ? "warn" : level, JSON.parse(record) as { msg: string })];
  });
}
