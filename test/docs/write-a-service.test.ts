/** What docs/services/write-a-service.md shows is in the package that the tests install. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { codeBlocks } from "./markdown.js";

const folder = `${import.meta.dirname}/../services/acme-quota`;

it("shows nothing but what is run", () => {
  const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  const page = readFileSync(`${import.meta.dirname}/../../docs/services/write-a-service.md`, "utf8");
  const blocks = [...codeBlocks(page, "ts"), ...codeBlocks(page, "json")];

  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter((block) => !files.some((file) => file.includes(block.trimEnd())))).toEqual([]);
});
