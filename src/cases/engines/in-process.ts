/** Sluice's own test harness: the chain without sockets, on a clock that stands still while something can happen. */
import { SluiceError } from "../../errors.js";
import { byHand, type TestGateway, testGateway } from "../../testing/index.js";
import { ConfigRefused, type Engine, type EngineSetup, type LogLine, logLine, type RunningEngine } from "../engine.js";
import { type Actor, Conductor } from "../in-process/conductor.js";
import { HarnessBackend } from "../in-process/harness-backend.js";
import { HarnessClient } from "../in-process/harness-client.js";
import { plainReply } from "../runner/scripted-answers.js";
import { commonCapabilities } from "./sockets.js";

/** By their origins, which no two of a process share. */
const backends = new Map<string, HarnessBackend>();
let opened = 0;

/** @param policies What they run as; undefined for what `SLUICE_TEST_ENGINE` says, else as JavaScript. */
export function inProcess(policies?: "native" | "wasm"): Engine {
  return {
    name: "in-process",
    capabilities: new Set([...commonCapabilities, "properties"]),
    longestWait: undefined,
    shared: false,

    async openBackend(name) {
      const origin = `http://backend-${opened++}.invalid`;
      const backend = new HarnessBackend(origin, name === "upstream" ? plainReply : undefined, () =>
        backends.delete(origin),
      );
      backends.set(origin, backend);
      return Promise.resolve(backend);
    },

    async start(setups) {
      const conductors: Conductor[] = [];
      const close = async () => {
        await Promise.all(conductors.map(({ gateway }) => gateway.close()));
      };
      try {
        for (const setup of setups) {
          conductors.push(await start(setup, policies));
        }
      } catch (error) {
        await close();
        if (error instanceof SluiceError && error.code === "CONFIG_REFUSED") {
          throw new ConfigRefused(error.message);
        }
        throw error;
      }
      let clients = 0;
      /** The logs so far: whoever waits for a line asks again and again. */
      const told = conductors.map((): LogLine[] => []);
      return {
        client: (index) => new HarnessClient(conductors[index]!, clients++ % setups[index]!.workers),
        log(index) {
          const lines = told[index]!;
          for (const { level, message, request, ...fields } of conductors[index]!.gateway.log.slice(lines.length)) {
            lines.push(logLine(level, { ...fields, msg: message, ...(typeof request === "string" && { request }) }));
          }
          return lines;
        },
        advance: (index, milliseconds) => conductors[index]!.advance(milliseconds),
        close,
      } satisfies RunningEngine;
    },
  };
}

async function start(
  { policies, upstream, services, unknownServices, limits, workers, startsAt }: EngineSetup,
  engine: "native" | "wasm" | undefined,
): Promise<Conductor> {
  // A service is called by its name, or by its origin.
  const backendOf = new Map(
    [
      ["upstream", upstream],
      ...Object.entries(services),
      ...Object.values(services).map((origin) => [origin, origin] as const),
    ].map(([name, origin]) => [name, backends.get(origin)!]),
  );
  const gateway = await testGateway({
    policies: policies.map(({ file, ...use }) => ({ policy: file, ...use })),
    upstream: byHand,
    ...(engine !== undefined && { engine }),
    upstreams: {
      ...Object.fromEntries(unknownServices.map((name): [string, null] => [name, null])),
      ...Object.fromEntries(
        [...backendOf.keys()]
          .filter((name) => name !== "upstream")
          .map((name): [string, typeof byHand] => [name, byHand]),
      ),
    },
    limits,
    workers,
    // What workers do at the same time is then in the middle of each other.
    ...(workers > 1 && { seed: 1 }),
    ...(startsAt !== undefined && { now: startsAt }),
  });
  return new Conductor(gateway, () => arrived(gateway, backendOf));
}

/** Who answers what has come to the upstreams. */
async function arrived(gateway: TestGateway, backendOf: ReadonlyMap<string, HarnessBackend>): Promise<Actor[]> {
  const actors: Actor[] = [];
  for (const [name, backend] of backendOf) {
    const upstream = gateway.upstreams[name]!;
    while (upstream.waiting > 0) {
      actors.push(backend.take(await upstream.next(), () => gateway.clock.now()));
    }
  }
  return actors;
}
