/** What docs/testing.md shows is what the tests beside its policies run. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { codeBlocks } from "./markdown.js";

const folder = `${import.meta.dirname}/testing-guide`;

it("shows nothing but what is run", () => {
  const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  const blocks = codeBlocks(readFileSync(`${import.meta.dirname}/../../docs/testing.md`, "utf8"), "ts");

  expect(blocks.length).toBeGreaterThan(10);
  expect(blocks.filter((block) => !files.some((file) => file.includes(block.trimEnd())))).toEqual([]);
});
