import { encodedMappings, originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { editedMap, mapText } from "./edited-map.js";
import { applyEdits, type Edit } from "./edits.js";

/** Its letters come from a text of another shape, line 1 from line 11, each 100 columns to the right. */
const code = "ab\ncdef\nghi\n";
const map = JSON.stringify({
  version: 3,
  names: [],
  sources: ["a.ts"],
  sourcesContent: ["text"],
  mappings: encodedMappings(
    new TraceMap({
      version: 3,
      names: [],
      sources: ["a.ts"],
      mappings: code
        .split("\n")
        .map((line, index) =>
          Array.from(line, (_char, column) => [column, 0, index + 10, column + 100]),
        ) as unknown as [number][][],
    }),
  ),
});

/** Where the letters that are left come from. */
function origins(...edits: Edit[]): Record<string, string> {
  const trace = editedMap(map, code, edits);
  const found: Record<string, string> = {};
  for (const [index, line] of applyEdits(code, edits).split("\n").entries()) {
    for (const { 0: letter, index: column } of line.matchAll(/[a-i]/g)) {
      const original = originalPositionFor(trace, { line: index + 1, column });
      found[letter] = `${String(original.line)}:${String(original.column)}`;
    }
  }
  return found;
}

const all = {
  ...{ a: "11:100", b: "11:101" },
  ...{ c: "12:100", d: "12:101", e: "12:102", f: "12:103" },
  ...{ g: "13:100", h: "13:101", i: "13:102" },
};

describe("the source map of an edited text", () => {
  it.each<[string, Edit[]]>([
    ["that nothing was done to", []],
    ["with something at its beginning", [{ start: 0, end: 0, text: '"XY";' }]],
    ["with something between letters of a line", [{ start: 4, end: 4, text: "XYZ" }]],
    [
      "with several things in a line",
      [
        { start: 6, end: 6, text: "Z" },
        { start: 3, end: 3, text: "X" },
        { start: 5, end: 5, text: "YYYY" },
      ],
    ],
    [
      "with changes of several lines",
      [
        { start: 1, end: 1, text: "XX" },
        { start: 9, end: 9, text: "ZZ" },
      ],
    ],
    ["with something behind it", [{ start: code.length, end: code.length, text: "X;\nY\n" }]],
  ])("finds all that there was in one %s", (_what, edits) => {
    expect(origins(...edits)).toEqual(all);
  });

  it("finds what follows a text that took the place of another, shorter or longer", () => {
    const { d: _d, e: _e, ...left } = all;
    expect(origins({ start: 4, end: 6, text: "X" })).toEqual(left);
    expect(origins({ start: 4, end: 6, text: "XYZXYZ" })).toEqual(left);
  });

  it("finds what follows a text of several lines that took the place of others", () => {
    const { b: _b, c: _c, d: _d, ...left } = all;
    expect(origins({ start: 1, end: 5, text: "X\n  YY" })).toEqual(left);
  });

  it("says of what took another text's place where that began", () => {
    const trace = editedMap(map, code, [{ start: 4, end: 6, text: "XYZXYZ" }]);
    expect([1, 3, 6].map((column) => originalPositionFor(trace, { line: 2, column }).column)).toEqual([101, 101, 101]);
  });

  it("keeps sources and their contents", () => {
    expect(JSON.parse(mapText(editedMap(map, code, [])))).toMatchObject({
      sources: ["a.ts"],
      sourcesContent: ["text"],
    });
  });
});
