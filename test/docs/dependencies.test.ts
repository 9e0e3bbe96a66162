import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sectionsOf } from "./markdown.js";

interface Manifest {
  version: string;
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const root = new URL("../../", import.meta.url);
const manifest = readManifest("package.json");
const sections = sectionsOf(readFileSync(new URL("docs/dependencies.md", root), "utf8"));

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, root), "utf8")) as Manifest;
}

/** The rows of the section's table below its head, as cells. */
function rows(title: string): string[][] {
  const { text = "" } = sections.find((section) => section.title === title) ?? {};
  const lines = text.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

describe.each([
  ["At run time", manifest.dependencies],
  ["For development", manifest.devDependencies],
])("docs/dependencies.md, %s", (title, dependencies) => {
  it("names the packages of package.json with their versions", () => {
    // A package that has another name here stands as `npm:<its own>@<version>` in package.json.
    const versions = Object.entries(dependencies).map(([name, wanted]) => [name, wanted.replace(/^npm:.*@/, "")]);
    expect(Object.fromEntries(rows(title).map(([name, version]) => [name, version]))).toEqual(
      Object.fromEntries(versions),
    );
  });

  it.each(rows(title))("tells version and licence of %s as they are installed", (name, version, licence) => {
    expect(readManifest(`node_modules/${name}/package.json`)).toMatchObject({ version, license: licence });
  });

  it("has a reason for each", () => {
    expect(rows(title).filter(([, , , , reason]) => reason === "")).toEqual([]);
  });
});
