/** The end of an Envoy whose native policies still wait for something. */
import { Agent, request } from "node:http";
import { expect, it } from "vitest";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";

const sleepers = 1_000;

it("an Envoy with 1,000 sleeping exchanges, timers and ticks ends at once and without a fault", {
  timeout: 120_000,
}, async () => {
  const policies = [
    use("policies/sleep-long.ts", { name: "first" }),
    use("policies/sleep-long.ts", { name: "second" }),
  ];
  const config = configOf({ api: "http://127.0.0.1:9" }, [
    { match: { pathPrefix: "/first" }, policies: policies.slice(0, 1) },
    { match: {}, policies },
  ]);
  const envoy = await startConfig(config, { native: true, concurrency: 2 });
  const agent = new Agent({ maxSockets: Infinity });
  try {
    const ends = Array.from(
      { length: sleepers },
      (_, index) =>
        new Promise<void>((resolve) => {
          const path = index % 2 === 0 ? "/first" : "/";
          const options = { host: "127.0.0.1", port: envoy.port, path, agent };
          request(options, (response) => response.resume().on("close", resolve))
            .on("error", () => resolve())
            .end();
        }),
    );
    const sleeping = async (): Promise<number> =>
      [...(await envoy.stats("sleeping")).matchAll(/sleeping\S*: (\d+)/g)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    await expect.poll(sleeping, { timeout: 60_000 }).toBe(sleepers);
    process.kill(envoy.pid, "SIGTERM");
    await Promise.all(ends);
    await expect.poll(() => isThere(envoy.pid), { timeout: 30_000 }).toBe(false);
    expect(envoy.log.filter((line) => /critical|segmentation|abort|assert/i.test(line))).toEqual([]);
  } finally {
    agent.destroy();
    await envoy.close();
  }
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
