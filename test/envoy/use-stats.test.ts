/** What operators see of the uses of policies in Envoy, whatever the policies do. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { CompleteUpstream, endInEveryWay, everyWay, useStatsConfig } from "../support/use-stats.js";
import { startConfig } from "./support/policies-in-envoy.js";

const label = /^wasmcustom\.(sluice_\S+): (\d+)$/;

/** Sluice's counters by their names, as `/stats` has them. */
async function counters(envoy: RunningEnvoy): Promise<Record<string, number>> {
  const lines = (await envoy.stats("^wasmcustom.sluice_")).split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = label.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(value)]];
    }),
  );
}

describe.each([
  ["are one filter", true],
  ["are filters of their own", false],
])("policies that %s", (_how, oneFilter) => {
  let upstream: CompleteUpstream;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await CompleteUpstream.start();
    envoy = await startConfig(useStatsConfig(upstream.url), { oneFilter });
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it("are counted by use and route from the start, in each way in which an exchange ends, a second later at most", async () => {
    expect(await counters(envoy)).toEqual(Object.fromEntries(Object.keys(everyWay(true)).map((name) => [name, 0])));
    expect(await endInEveryWay(envoy.port, upstream, true, () => counters(envoy))).toEqual([
      ...[200, 403, 403, 403, 500, 400, 500],
      ...[200, 403, 200, 403, 200, 403, 503],
    ]);
    await expect.poll(() => counters(envoy), { timeout: 20_000 }).toEqual(everyWay(true));
  });

  it("have their use and their route as labels where Prometheus reads them, and times of their code", async () => {
    for (let times = 0; times < 100; times++) {
      await (await fetch(`http://127.0.0.1:${envoy.port}/at-once`)).arrayBuffer();
    }
    const prometheus = () => envoy.stats("^wasmcustom.sluice_", "prometheus");
    await expect
      .poll(prometheus, { timeout: 20_000 })
      .toMatch(/^sluice_exchanges\{policy="first",route="at-once"\} 106$/m);
    await expect
      .poll(prometheus, { timeout: 20_000 })
      .toMatch(/^sluice_callback_time_us_count\{policy="(first|second)",route="at-once"\} [1-9]/m);
  });
});

it("nothing is counted where the file says so", async () => {
  const upstream = await CompleteUpstream.start();
  const config = useStatsConfig(upstream.url, undefined, { metrics: { policies: false } });
  const envoy = await startConfig(config, { oneFilter: true });
  try {
    expect((await fetch(`http://127.0.0.1:${envoy.port}/at-once`)).status).toBe(200);
    expect(await envoy.stats("sluice_")).not.toContain("sluice_exchanges");
  } finally {
    await envoy.close();
    await upstream.close();
  }
});
