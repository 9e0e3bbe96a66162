import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type CompilerError, compile, complaintAbout, readWrongUses, strayErrors, wrongUses } from "./wrong-uses.js";

const directory = fileURLToPath(new URL(".", import.meta.url));
const policyWorld = fileURLToPath(new URL("../../tsconfig.policies.json", import.meta.url));

function filesIn(folder: string): string[] {
  return readdirSync(join(directory, folder)).map((name) => join(directory, folder, name));
}

describe("the public types", () => {
  const rightFiles = filesIn("right");
  const wrongFiles = filesIn("wrong");
  let errors: Map<string, CompilerError[]>;
  beforeAll(async () => {
    errors = await compile(policyWorld, [...rightFiles, ...wrongFiles]);
  });

  it("accept every right use", () => {
    const expected = new Set(wrongFiles);
    expect([...errors].filter(([file, list]) => !expected.has(file) && list.length > 0)).toEqual([]);
  });

  it("are tried with at least 150 wrong uses", () => {
    expect(wrongFiles.flatMap(readWrongUses).length).toBeGreaterThanOrEqual(150);
  });

  describe.each(wrongFiles.map((file) => [basename(file, ".ts"), file] as const))("%s", (_name, file) => {
    const uses = readWrongUses(file);

    it.each(uses)("refuse the use in line $line: $text", (use) => {
      expect(complaintAbout(use, errors.get(file) ?? [])).toBeUndefined();
    });

    it("refuse nothing else", () => {
      expect(strayErrors(uses, errors.get(file) ?? [])).toEqual([]);
    });
  });
});

describe("the check of wrong uses", () => {
  const source = [
    "start();",
    "// expect-error: first",
    "a();",
    "  b();",
    "",
    "c();",
    "// expect-error: second",
    "d();",
  ].join("\n");
  const [first, second] = wrongUses(source);

  it("finds the blocks", () => {
    expect([first, second]).toEqual([
      { text: "first", line: 2, end: 5 },
      { text: "second", line: 7, end: 9 },
    ]);
  });

  it("is content with an error that has the text", () => {
    expect(complaintAbout(first!, [{ line: 4, message: "the first error" }])).toBeUndefined();
  });

  it("complains of a use that compiles", () => {
    expect(complaintAbout(first!, [{ line: 8, message: "the first error" }])).toBe("it compiles");
  });

  it("complains of another error in the block", () => {
    const both = [
      { line: 3, message: "the first error" },
      { line: 4, message: "another" },
    ];
    expect(complaintAbout(first!, both)).toBe("it fails with: another");
  });

  it("finds errors outside of the blocks", () => {
    const errors = [1, 3, 6, 8].map((line) => ({ line, message: "error" }));
    expect(strayErrors([first!, second!], errors)).toEqual(["line 1: error", "line 6: error"]);
  });
});
