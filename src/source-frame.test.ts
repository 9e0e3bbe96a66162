import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shownPath, sourceFrame } from "./source-frame.js";

const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join("\n");

describe("a source frame", () => {
  it("shows two lines around, with a caret for each character", () => {
    expect(sourceFrame(text, 10, 6, 2)).toBe(
      "   8 | line 8\n   9 | line 9\n> 10 | line 10\n     |      ^^\n  11 | line 11\n  12 | line 12",
    );
  });

  it("ends where the text ends", () => {
    expect(sourceFrame("a\r\nb\r\n", 1, 1)).toBe("> 1 | a\n    | ^\n  2 | b");
    expect(sourceFrame("a\n", 2, 1)).toBe("  1 | a\n> 2 |\n    | ^");
  });

  it("keeps carets inside the line, and tabs as tabs", () => {
    expect(sourceFrame("\tab", 1, 3, 99)).toBe("> 1 | \tab\n    | \t ^");
  });
});

it("a path is shown relative to the working directory, when it is inside", () => {
  expect(shownPath(join(process.cwd(), "a/b.ts"))).toBe("a/b.ts");
  expect(shownPath("/elsewhere/b.ts")).toBe("/elsewhere/b.ts");
});
