/** A native engine that ends in events which are no exchange's: those run on another thread than exchanges do. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { GatewayConfig } from "../../src/config/types.js";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import { type RunningEnvoy, startEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { writeNativeModules } from "./support/modules.js";
import { nativeEnvoy, nativeLibrary } from "./support/native-library.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

let upstream: UpstreamServer;

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("served"));
});

afterAll(() => upstream?.close());

const limits = { ...defaultLimits, memoryBytes: 8 << 20, callbackMilliseconds: 5_000 };

const ends = (envoy: RunningEnvoy): number => envoy.log.filter((line) => line.includes("The module ends")).length;

it("exchanges whose engine ends by work that is none of theirs are answered, and Envoy goes on", async () => {
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    { policies: [use("policies/hoard-by-itself.ts")], limits },
  ]);
  const envoy = await startConfig(config, { native: true });
  onTestFinished(() => envoy.close());
  let how = "goes on";
  void envoy.ended.then((code) => {
    how = code;
  });
  const statuses = new Set<number>();
  const client = async () => {
    while (ends(envoy) < 10 && how === "goes on") {
      await send(envoy.port).then(
        ({ status }) => statuses.add(status),
        () => undefined,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  expect(how).toBe("goes on");
  expect([...statuses].sort()).toEqual([200, 503]);
});

it("a configuration that comes when the engine has ended is taken, and served", async () => {
  const policies = (n: number) => [use("../engine/policies/keeps.ts", { config: { n } })];
  const { envoy, update } = await startUpdated((n) =>
    configOf({ api: `http://127.0.0.1:${upstream.port}` }, [{ policies: policies(n), limits }]),
  );
  await endEngine(envoy);
  await update(1);
  await expect.poll(async () => (await send(envoy.port)).status).toBe(200);
});

it("Envoy ends in order when an engine has ended, and no exchange has come since", async () => {
  const envoy = await startConfig(
    configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
      { policies: [use("../engine/policies/keeps.ts")], limits },
    ]),
    { native: true },
  );
  onTestFinished(() => envoy.close());
  await endEngine(envoy);
  process.kill(envoy.pid, "SIGTERM");
  expect(await envoy.ended).toBe("code 0");
});

async function endEngine(envoy: RunningEnvoy): Promise<void> {
  while ((await send(envoy.port, { headers: { "x-keep": "1" } })).status === 200) {
    // Until nothing is left.
  }
  await expect.poll(() => ends(envoy)).toBe(1);
}

/** An Envoy whose listener comes from a file; `update` replaces it and waits until Envoy has taken it. */
async function startUpdated(
  configs: (version: number) => GatewayConfig,
): Promise<{ envoy: RunningEnvoy; update: (version: number) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-updates-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "listener.json");
  const modules = await writeNativeModules(configs(0), folder, await nativeLibrary());
  const bootstrapFor = async (version: number) => {
    const whole = envoyBootstrap(configs(version), { modules, caFile: "/etc/ssl/certs/ca-certificates.crt" });
    const { listeners, ...resources } = whole["static_resources"] as { listeners: object[] };
    const listener = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener", ...listeners[0] };
    await writeFile(`${file}.new`, JSON.stringify({ version_info: String(version), resources: [listener] }));
    await rename(`${file}.new`, file);
    return {
      ...whole,
      node: { id: "gateway", cluster: "gateway" },
      static_resources: resources,
      dynamic_resources: { lds_config: { resource_api_version: "V3", path_config_source: { path: file } } },
    };
  };
  const envoy = await startEnvoy(await bootstrapFor(0), { binary: await nativeEnvoy(), concurrency: 1 });
  onTestFinished(() => envoy.close());
  const update = async (version: number) => {
    await bootstrapFor(version);
    await expect.poll(() => envoy.stats("listener_manager.listener_modified$")).toContain(`: ${version}`);
  };
  return { envoy, update };
}
