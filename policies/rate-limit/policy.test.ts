import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import rateLimit from "./policy.js";

const start = (config: unknown) => testGateway({ policies: [rateLimit], config: config as never });

it("the limit is there again when its window is over", async () => {
  await using gateway = await start({ tiers: [{ limit: 1, period: "1m" }] });

  expect((await gateway.fetch("/")).status).toBe(200);
  const refused = await gateway.fetch("/");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  await gateway.clock.advance(60_000);
  expect((await gateway.fetch("/")).status).toBe(200);
});

it.each<[config: unknown, message: string]>([
  [{}, "config.tiers"],
  [{ tiers: [] }, "config.tiers"],
  [{ tiers: [{ limit: 0, period: "1m" }] }, "config.tiers[0].limit"],
  [{ tiers: [{ limit: 1, period: "0s" }] }, "config.tiers[0].period"],
  [{ tiers: [{ limit: 1, period: "60" }] }, "config.tiers[0].period"],
  [{ tiers: [{ limit: 1, period: 60 }] }, "config.tiers[0].period"],
  [
    {
      tiers: [
        { limit: 1, period: "1m" },
        { limit: 2, period: "1m" },
      ],
    },
    "config.tiers",
  ],
  [{ tiers: [{ limit: 1, period: "1m", aligned: true, algorithm: "token-bucket" }] }, "aligned"],
  [{ tiers: [{ limit: 1, period: "1m", burst: 2 }] }, "burst"],
  [{ tiers: [{ limit: 1, period: "1m" }], key: ["ip"] }, "config.key[0]"],
  [{ tiers: [{ limit: 1, period: "1m" }], entries: 0 }, "config.entries"],
])("does not start with %j", async (config, message) => {
  await expect(start(config)).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
