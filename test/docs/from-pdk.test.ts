/** What docs/from-pdk.md says that Sluice has, it has. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sectionsOf } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The rows of the tables, as their cells. */
const rows = sectionsOf(read("docs/from-pdk.md")).flatMap(({ text }) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| in the PDK"))
    .map((line) => line.split("|").slice(1, -1)),
);

/** The names in the code of a cell: `upstream(context, name).fetch(path)` has five, and arguments count. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.match(/[A-Za-z][\w-]*/g) ?? []);
}

/** The words of what authors and operators use: the API, the gateway file, the command line, globals, packages. */
function known(): Set<string> {
  const folders = ["src/policy", "src/services", "src/config", "src/cli", "src/gateway", "src/testing", "types"];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => `${folder}/${name}`),
  );
  const words = ["package.json", "src/errors.ts", ...sources].flatMap(
    (path) => read(path).match(/[A-Za-z][\w-]*/g) ?? [],
  );
  return new Set([...readdirSync(join(root, "src/services")), ...words]);
}

describe("docs/from-pdk.md", () => {
  it("names nothing as Sluice's that Sluice does not have", () => {
    const names = known();
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.flatMap(([, sluice = ""]) => namesIn(sluice)).filter((name) => !names.has(name))).toEqual([]);
  });

  it("has an answer for every part of the PDK: a counterpart, a word on the difference, or not yet", () => {
    expect(rows.filter((cells) => cells.slice(1).every((cell) => cell.trim() === ""))).toEqual([]);
  });
});
