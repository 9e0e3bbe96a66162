import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

/** Enough for Envoy's table of timers to grow several times. */
const routes = 24;

describe("uses of a policy in one VM", () => {
  let upstream: UpstreamServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startUpstream();
    envoy = await startConfig(
      configOf(
        { api: `http://127.0.0.1:${upstream.port}` },
        Array.from({ length: routes }, (_, index) => ({
          match: { path: `/${index}` },
          policies: ["first", "second"].map((name) => use("policies/wait-in-turn.ts", { name })),
        })),
      ),
    );
  });
  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it("may each set their first timer in a tick of another one", async () => {
    for (let index = 0; index < routes; index++) {
      expect((await send(envoy.port, { path: `/${index}` })).status).toBe(200);
    }
  });
});
