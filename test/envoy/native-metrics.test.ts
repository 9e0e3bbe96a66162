/** Metrics of policies that Envoy runs natively, in Envoy's statistics. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { CompleteUpstream, endInEveryWay, everyWay, useStatsConfig } from "../support/use-stats.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";

const ownSample = /^envoy_dynamicmodulescustom_(sluice_\w+)\{policy="(.*?)",route="(.*?)"\} (\d+)$/;

/** Sluice's counters, by the names that they have in modules. */
async function counters(envoy: RunningEnvoy): Promise<Record<string, number>> {
  const lines = (await envoy.stats("sluice_", "prometheus")).split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, policy, route, value] = ownSample.exec(line) ?? [];
      return name === undefined || name.startsWith("sluice_callback_time")
        ? []
        : [[`${name};policy=${policy};route=${route}`, Number(value)]];
    }),
  );
}

describe("what Sluice counts of native policies", () => {
  let upstream: CompleteUpstream;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await CompleteUpstream.start();
    envoy = await startConfig(useStatsConfig(upstream.url), { native: true });
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it("stands in Envoy's statistics by use and route from the start, as for modules", async () => {
    expect(await counters(envoy)).toEqual(Object.fromEntries(Object.keys(everyWay(true)).map((name) => [name, 0])));
    await endInEveryWay(envoy.port, upstream, true, () => counters(envoy));
    await expect.poll(() => counters(envoy), { timeout: 20_000 }).toEqual(everyWay(true));
  });
});

it("metrics of a native policy are counted by the values of their labels, in exchanges and outside of them", async () => {
  const upstream = await CompleteUpstream.start();
  const counts = use("policies/count-kinds.ts", { name: "kinds" });
  const routes = [{ match: {}, policies: [counts] }];
  const envoy = await startConfig(configOf({ api: upstream.url }, routes), { native: true });
  try {
    for (const [path, level] of [
      ["/hall", "3"],
      ["/hall", "2"],
      ["/stairs", "7"],
    ] as const) {
      expect((await send(envoy.port, { path, headers: { "x-level": level } })).status).toBe(200);
    }
    const samples = async (name: string): Promise<string[]> =>
      (await envoy.stats("dynamicmodulescustom", "prometheus"))
        .split("\n")
        .filter((line) => line.startsWith(`envoy_dynamicmodulescustom_${name}`))
        .map((line) => line.replace("envoy_dynamicmodulescustom_", ""));
    expect(await samples("seen")).toEqual(['seen{policy="kinds"} 6']);
    expect(await samples("answers")).toEqual(['answers{policy="kinds",status="200",kind="a_b"} 3']);
    expect((await samples("level")).sort()).toEqual([
      'level{policy="kinds",place="/hall"} 2',
      'level{policy="kinds",place="/stairs"} 7',
    ]);
    await expect.poll(() => samples("sizes_count"), { timeout: 20_000 }).toEqual(['sizes_count{policy="kinds"} 3']);
    await expect.poll(async () => Number((await samples("rounds"))[0]?.split(" ")[1])).toBeGreaterThanOrEqual(3);
  } finally {
    await envoy.close();
    await upstream.close();
  }
});
