/** A fixed set of the random comparison; `node scripts/fuzz-engines.mjs` does as many as one likes. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { explanations } from "../engines-fuzz/explained.js";
import { main } from "../engines-fuzz/main.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("policies and exchanges drawn from 300 seeds are the same on the gateway, as modules and in Envoy", async () => {
  expect(await main(root, ["--seed", "100", "--count", "300", "--lanes", "6"])).toBe(0);
});

it("they are where each chain is one filter of Envoy", async () => {
  expect(await main(root, ["--seed", "100", "--count", "300", "--lanes", "6", "--engines", "envoy-chains"])).toBe(0);
});

it("what the comparison lets pass is a row of fidelity.md", () => {
  const text = readFileSync(`${root}docs/fidelity.md`, "utf8");
  expect(explanations.map(({ row }) => row).filter((row) => !text.includes(`\n| ${row}`))).toEqual([]);
});
