/** The examples in the documents compile, as policies do, and are what they say they are. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../types/wrong-uses.js";
import { codeBlocks } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the project, so that packages are found.
const folder = `${root}.cache/docs-snippets-${process.pid}`;

/** Every whole policy in the documents, by the name of the file that it is written to. */
function policies(): Map<string, string> {
  const found = new Map<string, string>();
  for (const document of [
    "README.md",
    ...readdirSync(`${root}docs`)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ]) {
    codeBlocks(readFileSync(root + document, "utf8"), "ts")
      .filter((block) => block.includes("export default"))
      .forEach((block, index) => found.set(`${document.replace(/\W/g, "-")}-${index}.ts`, block));
  }
  return found;
}

describe("the documents", () => {
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("show policies that compile", () => {
    const found = policies();
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of found) {
      writeFileSync(`${folder}/${name}`, text);
    }
    const errors = compile(
      `${root}tsconfig.policies.json`,
      [...found.keys()].map((name) => `${folder}/${name}`),
    );
    expect(found.size).toBeGreaterThan(5);
    expect([...errors].filter(([, list]) => list.length > 0)).toEqual([]);
  });

  it("show the first example in README.md as it is", () => {
    const [first] = codeBlocks(readFileSync(`${root}README.md`, "utf8"), "ts");
    expect(first).toBe(readFileSync(`${root}examples/stop-request/policy.ts`, "utf8"));
  });
});
