import { expect, it, onTestFinished } from "vitest";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

it("two workers and the main thread of an Envoy do the work of a singleton once in a period, each run with a higher fencing number", async () => {
  const api = await startUpstream();
  onTestFinished(() => api.close());
  const monitor = await startUpstream();
  onTestFinished(() => monitor.close());
  const envoy = await startConfig(
    configOf({ api: `http://127.0.0.1:${api.port}`, monitor: `http://127.0.0.1:${monitor.port}` }, [
      { policies: [use("policies/beat.ts", { name: "beat" })] },
    ]),
    { concurrency: 2 },
  );
  onTestFinished(() => envoy.close());

  await expect.poll(() => monitor.seen.length, { timeout: 20_000, interval: 50 }).toBeGreaterThanOrEqual(10);

  const runs = monitor.seen.map(({ headers }) => ({
    began: Number(headers["x-began"]),
    fence: Number(headers["x-fence"]),
  }));
  const fences = runs.map(({ fence }) => fence);
  expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  // Both count from the beginning of the run before, however late that was: two that did the work each for itself would be closer together.
  const pauses = runs.slice(1).map(({ began }, index) => began - runs[index]!.began);
  expect(Math.min(...pauses)).toBeGreaterThan(150);
  expect((await send(envoy.port)).status).toBe(200);
});
