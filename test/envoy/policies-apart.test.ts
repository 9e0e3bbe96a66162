/** What one policy of a VM does wrong in Envoy, as a module and natively, and what its neighbours in it suffer, and Envoy itself. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runsNatively } from "../../scripts/native-platform.mjs";
import type { PolicyUse, RouteConfig } from "../../src/config/types.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

let upstream: UpstreamServer;

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("served"));
});

afterAll(() => upstream?.close());

const limits = { ...defaultLimits, memoryBytes: 8 << 20, callbackMilliseconds: 5_000 };
const keeper = use("../engine/policies/keeps.ts", { name: "keeper" });
const keeperToo = use("../engine/policies/keeps-too.ts", { name: "keeper-too" });
const healthy = use("../engine/policies/gate.ts", { name: "healthy" });

const configures = use("../engine/policies/configures.ts", { name: "configures" });

const targets = [
  { target: "a module", options: { oneFilter: true } },
  ...(runsNatively ? [{ target: "native policies", options: { native: true } }] : []),
];
type Target = Parameters<typeof startConfig>[1];

/** Routes of one filter each, in one VM, which are asked by their hosts. */
async function start(
  target: Target,
  routes: Readonly<Record<string, readonly PolicyUse[]>>,
  settings: Partial<RouteConfig> = {},
): Promise<RunningEnvoy> {
  const config = configOf(
    { api: `http://127.0.0.1:${upstream.port}` },
    Object.entries(routes).map(([host, policies]) => ({
      match: { host },
      policies: [...policies],
      limits,
      ...settings,
    })),
  );
  const envoy = await startConfig(config, target);
  onTestFinished(() => envoy.close());
  return envoy;
}

async function statusOf(envoy: RunningEnvoy, host: string, headers: Record<string, string> = {}): Promise<number> {
  return (await send(envoy.port, { headers: { host, ...headers } })).status;
}

const told = (envoy: RunningEnvoy, code: string): string[] => envoy.log.filter((line) => line.includes(code));

/** Asks for more to be kept until that is not served. */
async function fill(envoy: RunningEnvoy, host: string): Promise<number> {
  for (let round = 0; round < 80; round++) {
    const status = await statusOf(envoy, host, { "x-keep": "1" });
    if (status !== 200) {
      return status;
    }
  }
  throw new Error("All was served.");
}

describe.each(targets)("as $target", ({ options }) => {
  it("a policy that keeps more and more is refused, while its neighbours are served all the time", async () => {
    const envoy = await start(options, { both: [keeper, healthy], healthy: [healthy] });
    expect(await fill(envoy, "both")).toBe(503);
    for (let round = 0; round < 50; round++) {
      expect([await statusOf(envoy, "both", { "x-keep": "1" }), await statusOf(envoy, "healthy")]).toEqual([503, 200]);
    }
    expect(told(envoy, "MEMORY_SHORT")).toHaveLength(1);
    expect(told(envoy, "MEMORY_SHORT")[0]).toContain("keeper");
    expect(await envoy.stats("wasm.*(crash|reload|vm_fail)")).not.toMatch(/: [1-9]/);
  });

  it("a VM whose memory is used up for everybody starts anew by itself, all are served again, and Envoy is the same process", async () => {
    const envoy = await start(options, { first: [keeper], second: [keeperToo], healthy: [healthy] });
    expect(await fill(envoy, "first")).toBe(503);
    expect(await statusOf(envoy, "healthy")).toBe(200);
    await fill(envoy, "second");
    for (const host of ["healthy", "first", "second"]) {
      await expect.poll(() => statusOf(envoy, host), { timeout: 20_000, interval: 50 }).toBe(200);
    }
    expect(told(envoy, "The module ends")).toHaveLength(1);
    expect(() => process.kill(envoy.pid, 0)).not.toThrow();
  });

  it("a policy that is alone in its VM starts anew when what it keeps leaves no room", async () => {
    const envoy = await start(options, { alone: [keeper] });
    for (const round of [1, 2]) {
      await fill(envoy, "alone");
      await expect
        .poll(() => statusOf(envoy, "alone"), { timeout: 20_000, interval: 50, message: `round ${round}` })
        .toBe(200);
    }
  });

  it("a route whose policy is never configured answers 503, and the others of the same VM serve from the beginning", async () => {
    const loops = use("../engine/policies/loops-in-configure.ts", { name: "loops" });
    const envoy = await start(options, {
      loops: [healthy, loops],
      configures: [configures, healthy],
      healthy: [healthy],
    });
    expect([
      await statusOf(envoy, "loops"),
      await statusOf(envoy, "configures"),
      await statusOf(envoy, "healthy"),
      // Who stands before it in the route decides as always.
      await statusOf(envoy, "loops", { "x-refuse": "1" }),
    ]).toEqual([503, 200, 200, 403]);
    expect(told(envoy, "CONFIGURE_FAILED")[0]).toContain("loops");
  });
});
