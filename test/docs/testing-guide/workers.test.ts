import { everySeed, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import twoVisits from "./two-visits.js";

const fourAtOnce = () =>
  everySeed(
    async (seed) => {
      await using gateway = await testGateway({ policies: [twoVisits], workers: 4, seed });
      const responses = await Promise.all([1, 2, 3, 4].map(() => gateway.fetch("/", { headers: { "x-client": "a" } })));
      expect(responses.filter(({ status }) => status === 200)).toHaveLength(2);
    },
    { count: 20 },
  );

it("lets three visitors in where two workers ask at the same time", async () => {
  await expect(fourAtOnce()).rejects.toThrow(
    /^With seed \d+ \(SLUICE_TEST_SEED=\d+ runs it alone\): expected .* to have a length of 2 but got [34]/,
  );
});
