import { testGateway } from "sluice/testing";
import { describe, expect, it } from "vitest";
import background from "./policies/background.js";

interface Config {
  options?: object;
  lasts?: number;
  fails?: boolean;
}

const withConfig = (config: Config, workers = 1) =>
  testGateway({ policies: [{ policy: background, config }], upstreams: { monitor: {} }, workers });

/** How often it has run after so many milliseconds, each. */
async function runsAfter(gateway: Awaited<ReturnType<typeof withConfig>>, times: number[]): Promise<number[]> {
  const counts: number[] = [];
  for (const time of times) {
    await gateway.clock.advance(time);
    counts.push(gateway.upstreams.monitor.requests.length);
  }
  return counts;
}

describe("work in the background", () => {
  it("is done once in each period", async () => {
    await using gateway = await withConfig({});
    expect(await runsAfter(gateway, [9_999, 1, 9_999, 1, 50_000])).toEqual([0, 1, 1, 2, 7]);
  });

  it("is begun at once where that is said", async () => {
    await using gateway = await withConfig({ options: { immediately: true } });
    expect(await runsAfter(gateway, [1, 9_998, 1])).toEqual([1, 1, 2]);
  });

  it("comes later than at its time by up to the jitter, and no later with every run", async () => {
    await using gateway = await withConfig({ options: { jitter: "4s" } });
    expect(await runsAfter(gateway, [9_999, 4_001, 5_999, 4_001, 80_000])).toEqual([0, 1, 1, 2, 10]);
  });

  it("is never done twice at a time: what would begin meanwhile is left out", async () => {
    await using gateway = await withConfig({ lasts: 25_000 });
    expect(await runsAfter(gateway, [10_000, 24_999, 1, 4_999, 1])).toEqual([1, 1, 1, 1, 2]);
  });

  it("goes on after it has thrown, which the log tells", async () => {
    await using gateway = await withConfig({ fails: true });
    expect(await runsAfter(gateway, [30_001])).toEqual([3]);
    expect(gateway.log.map(({ message, policy }) => [message, policy])).toEqual(
      Array.from({ length: 3 }, () => ["SCHEDULE_FAILED: every(): the work failed: no beat", gateway.log[0]?.policy]),
    );
  });

  it("is given up when it takes too long, and the next run comes at its time", async () => {
    await using gateway = await withConfig({ lasts: 60_000, options: { timeout: "15s" } });
    expect(await runsAfter(gateway, [24_999, 1, 5_000])).toEqual([1, 1, 2]);
    expect(gateway.log.map(({ message }) => message)).toEqual([
      "SCHEDULE_TIMEOUT: every(): the work took longer than 15000 ms.",
      "aborted: SluiceError: every(): the work took longer than 15000 ms.",
    ]);
  });

  it("ends with the policy", async () => {
    const gateway = await withConfig({ lasts: 5_000 });
    await gateway.clock.advance(10_000);
    await gateway.close();
    expect(gateway.log.map(({ message }) => message)).toEqual(["aborted: policy-removed"]);
  });

  it("is done by every worker", async () => {
    await using gateway = await withConfig({}, 3);
    expect(await runsAfter(gateway, [10_000, 10_000])).toEqual([3, 6]);
  });

  it.each([false, true])(
    "of a singleton is done by one worker in each period; immediately: %s",
    async (immediately) => {
      await using gateway = await withConfig({ options: { singleton: "process", immediately } }, 3);
      const first = immediately ? 1 : 0;
      expect(await runsAfter(gateway, [1, 10_000, 10_000, 80_000])).toEqual([first, first + 1, first + 2, first + 10]);
      const fences = gateway.upstreams.monitor.requests.map(({ headers }) => Number(headers["x-fence"]));
      expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    },
  );

  it("of a singleton is never done twice at a time", async () => {
    await using gateway = await withConfig({ lasts: 25_000, options: { singleton: "process" } }, 3);
    expect(await runsAfter(gateway, [10_000, 24_999, 1_001, 24_000])).toEqual([1, 1, 2, 2]);
  });

  it.each<[string, object]>([
    ["jitter", { jitter: 10_001 }],
    ["timeout", { timeout: 0 }],
    ["singleton", { singleton: "gateway" }],
  ])("is refused with a wrong %s", async (what, options) => {
    const gateway = await withConfig({ options });
    expect((await gateway.fetch("/")).status).toBe(503);
    expect(gateway.log[0]?.message).toContain("CONFIGURE_FAILED");
    // The error is a SluiceError with the code SCHEDULE_OPTIONS; its message is what the log tells.
    expect(JSON.stringify(gateway.log[0])).toContain(`every(): ${what}`);
    await gateway.close();
  });
});
