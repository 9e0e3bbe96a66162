/** A fixed set of the random comparison, natively; see random-comparison.test.ts. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { main } from "../engines-fuzz/main.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("policies and exchanges drawn from 100 seeds are the same where Envoy runs each chain natively", async () => {
  expect(await main(root, ["--seed", "100", "--count", "100", "--lanes", "6", "--engines", "envoy-native"])).toBe(0);
});
