/** What is made of schemas and checked in: `node scripts/build-schemas.mjs` makes it anew. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../../scripts/schemas/generate.js";
import { readyPolicies } from "./ready-policies.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

describe("schemas/ and the tables of policies/", async () => {
  const files = generate(root, await readyPolicies());

  it.each([...files])("%s is what the sources make of it", (path, content) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(content);
  });

  it("are nothing else", () => {
    const found = readdirSync(join(root, "schemas"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".json"))
      .map((path) => `schemas/${path.replaceAll("\\", "/")}`);
    expect(found.sort()).toEqual([...files.keys()].filter((path) => path.startsWith("schemas/")).sort());
  });
});
