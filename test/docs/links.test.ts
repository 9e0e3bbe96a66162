/** What the documents point to is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { anchorOf, localLinks, sectionsOf } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

const examples = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const documents = [
  "README.md",
  ...["docs", "examples", "bench", "policies"].flatMap(filesBelow).filter((path) => path.endsWith(".md")),
];

function brokenLinks(document: string): string[] {
  return localLinks(readFileSync(join(root, document), "utf8")).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? join(root, document) : resolve(root, dirname(document), path);
    if (!existsSync(target)) {
      return true;
    }
    return (
      anchor !== undefined && !sectionsOf(readFileSync(target, "utf8")).some(({ title }) => anchorOf(title) === anchor)
    );
  });
}

describe("documents", () => {
  it.each(documents)("%s links to what is there", (document) => {
    expect(brokenLinks(document)).toEqual([]);
  });

  it.each(["README.md", "docs/architecture.md", "docs/engine.md"])(
    "%s names files and folders of the repository",
    (document) => {
      const files = ["src", "test", "types", "examples", "templates", "policies", "docs"]
        .flatMap(filesBelow)
        .concat(readdirSync(root))
        .map((path) => `/${path}`);
      const named = [
        ...readFileSync(join(root, document), "utf8").matchAll(/`((?:[\w-]+\/)*[\w.-]+\.(?:ts|json)|(?:[\w-]+\/)+)`/g),
      ];
      const missing = named
        .map((match) => match[1] ?? "")
        .filter((name) => name !== ".cache/")
        .filter(
          (name) => !files.some((file) => (name.endsWith("/") ? file.includes(`/${name}`) : file.endsWith(`/${name}`))),
        );
      expect(named.length).toBeGreaterThan(0);
      expect(missing).toEqual([]);
    },
  );

  it("map every part of src/ in README.md", () => {
    const parts = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) =>
        entry.isDirectory() ? readdirSync(join(root, "src", entry.name)).length > 0 : !entry.name.endsWith(".test.ts"),
      )
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    const map = /^src\/\n((?: {2}.*\n)+)/m.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
    expect(
      map
        .split("\n")
        .slice(0, -1)
        .map((line) => line.trim().split(" ")[0])
        .sort(),
    ).toEqual(parts.sort());
  });
});

describe("examples", () => {
  it.each(examples.map(({ name }) => name))(
    "%s has a policy, tests and a short README, and stands in README.md",
    (name) => {
      const folder = join(root, "examples", name);
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(["README.md", "policy.test.ts", "policy.ts"]));
      expect(readFileSync(join(folder, "README.md"), "utf8").split("\n").length).toBeLessThan(20);
      expect(readFileSync(join(root, "README.md"), "utf8")).toContain(`(examples/${name}/)`);
    },
  );
});
