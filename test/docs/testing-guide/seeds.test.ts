import { everySeed, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import seats from "./seats.js";

const twoAtOnce = () =>
  everySeed(async (seed) => {
    await using gateway = await testGateway({ policies: [seats], upstreams: { ledger: {} }, seed });

    await Promise.all([gateway.fetch("/"), gateway.fetch("/")]);

    expect(gateway.upstreams.ledger.requests).toHaveLength(1);
  });

it("sells the last seat twice", async () => {
  await expect(twoAtOnce()).rejects.toThrow(
    /^With seed \d+ \(SLUICE_TEST_SEED=\d+ runs it alone\): expected .* to have a length of 1 but got 2/,
  );
});
