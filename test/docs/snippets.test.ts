/** The examples in the documents compile, as policies and tests of policies do, and are what they say they are. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../types/wrong-uses.js";
import { codeBlocks } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside the project, so that packages are found.
const folder = `${root}.cache/docs-snippets-${process.pid}`;

/** Documents whose TypeScript is run by tests of their own. */
const tested = [join("docs", "testing.md"), join("docs", "services", "write-a-service.md")];

/** What shows TypeScript. */
const documents = ["README.md", ...markdownBelow("docs"), ...markdownBelow("policies")].filter(
  (name) => !tested.includes(name),
);

function markdownBelow(part: string): string[] {
  return existsSync(root + part)
    ? readdirSync(root + part, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md"))
        .map((name) => join(part, name))
    : [];
}

/** Its blocks, by the names of the files that they are written to: the names that they say themselves, if they do. */
function blocksOf(document: string): [name: string, text: string][] {
  return codeBlocks(readFileSync(root + document, "utf8"), "ts").map((text, index) => {
    const [, name = `block-${index + 1}.ts`] = /^\/\/ ([\w./-]+\.ts)\n/.exec(text) ?? [];
    return [join(folder, document.replace(/\W/g, "-"), name), text];
  });
}

function write(blocks: readonly (readonly [name: string, text: string])[]): void {
  for (const [name, text] of blocks) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, text);
  }
}

/** What the compiler says, by file. */
async function complaints(configFile: string, files: string[]): Promise<Map<string, string[]>> {
  return new Map(
    [...(await compile(root + configFile, files))]
      .filter(([, errors]) => errors.length > 0)
      .map(([file, errors]) => [
        file.replace(folder, ""),
        errors.map(({ line, message }) => `line ${line}: ${message}`),
      ]),
  );
}

describe("the documents", () => {
  const blocks = documents.flatMap(blocksOf);
  const [tests, sources] = [true, false].map((wanted) =>
    blocks.map(([name]) => name).filter((name) => name.endsWith(".test.ts") === wanted),
  ) as [string[], string[]];

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("show TypeScript that compiles, policies in their own world", async () => {
    write(blocks);
    expect(sources.length).toBeGreaterThan(20);
    expect(await complaints("tsconfig.policies.json", sources)).toEqual(new Map());
    expect(tests.length).toBeGreaterThan(0);
    expect(await complaints("tsconfig.node.json", tests)).toEqual(new Map());
  });

  it("show the first example in README.md as it is", () => {
    const [first] = codeBlocks(readFileSync(`${root}README.md`, "utf8"), "ts");
    expect(first).toBe(readFileSync(`${root}examples/stop-request/policy.ts`, "utf8"));
  });
});
