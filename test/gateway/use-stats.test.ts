/** What operators see of the uses of policies on the embedded gateway, whatever the policies do. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { GatewayConfig } from "../../src/config/types.js";
import { writeModule } from "../../src/envoy/compile-modules.js";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import {
  CompleteUpstream,
  endInEveryWay,
  everyWay,
  useStatsConfig,
  useStatsPolicies,
  useStatsSource,
} from "../support/use-stats.js";

async function start(
  configure: (upstream: string) => GatewayConfig,
): Promise<{ upstream: CompleteUpstream; gateway: Gateway }> {
  const upstream = await CompleteUpstream.start();
  onTestFinished(() => upstream.close());
  const config = configure(upstream.url);
  const gateway = await startGateway({ ...config, listener: { ...config.listener, port: 0 } });
  onTestFinished(() => gateway.close());
  return { upstream, gateway };
}

it("each way in which an exchange ends is counted by use and route, of policies from source", async () => {
  const { upstream, gateway } = await start((url) => useStatsConfig(url));
  expect(await endInEveryWay(gateway.port, upstream, false, () => gateway.metrics)).toEqual([
    ...[200, 403, 403, 403, 500, 400],
    ...[200, 403, 200, 403, 200, 403, 503],
  ]);
  await expect.poll(() => gateway.metrics, { timeout: 20_000 }).toEqual(everyWay(false));
});

it("each way in which an exchange ends is counted by use and route, of modules", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-use-stats-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of useStatsPolicies) {
    await writeModule(useStatsSource(name), join(folder, `${name}.wasm`));
  }
  const { upstream, gateway } = await start((url) => useStatsConfig(url, (name) => join(folder, `${name}.wasm`)));
  expect(await endInEveryWay(gateway.port, upstream, true, () => gateway.metrics)).toEqual([
    ...[200, 403, 403, 403, 500, 400, 500],
    ...[200, 403, 200, 403, 200, 403, 503],
  ]);
  await expect.poll(() => gateway.metrics, { timeout: 20_000 }).toEqual(everyWay(true));
}, 240_000);

it("nothing is counted where the file says so", async () => {
  const { gateway } = await start((url) => useStatsConfig(url, useStatsSource, { metrics: { policies: false } }));
  expect((await fetch(`${gateway.url}/at-once`)).status).toBe(200);
  expect(gateway.metrics).toEqual({});
});
