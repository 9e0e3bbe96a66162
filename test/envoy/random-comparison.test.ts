/** A fixed set of the random comparison; `node scripts/fuzz-engines.mjs` does as many as one likes. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { main } from "../engines-fuzz/main.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("policies and exchanges drawn from 300 seeds are the same on the gateway, as modules and in Envoy", async () => {
  expect(await main(root, ["--seed", "100", "--count", "300", "--lanes", "6"])).toBe(0);
});
