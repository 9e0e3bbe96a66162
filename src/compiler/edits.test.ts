import { describe, expect, it } from "vitest";
import { applyEdits } from "./edits.js";

describe("edits of a text", () => {
  it("have the places of the text as it was, in whatever order they come", () => {
    const edits = [
      { start: 6, end: 7, text: "" },
      { start: 0, end: 1, text: "abc" },
      { start: 3, end: 3, text: "-" },
    ];
    expect(applyEdits("0123456789", edits)).toBe("abc12-345789");
  });

  it("at the same place stand in their order, in front of what takes the place of the text there", () => {
    const edits = [
      { start: 1, end: 2, text: "z" },
      { start: 0, end: 1, text: "x" },
      { start: 1, end: 1, text: "(" },
      { start: 1, end: 1, text: ")" },
    ];
    expect(applyEdits("01", edits)).toBe("x()z");
  });

  it("are refused where they overlap", () => {
    const edits = [
      { start: 0, end: 2, text: "a" },
      { start: 1, end: 3, text: "b" },
    ];
    expect(() => applyEdits("0123", edits)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  });
});
