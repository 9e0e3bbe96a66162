import { pathToFileURL } from "node:url";
import { TraceMap } from "@jridgewell/trace-mapping";
import { expect, it } from "vitest";
import { seenLines } from "./seen-lines.js";

const [KIT, NAMED, SHOWN] = [0, 1, 2];
const kit = import.meta.filename.replace("compiler/seen-lines.test.ts", "guest/main.ts");

/** @param mappings the segments of each line: generated column, source */
function linesOf(mappings: readonly (readonly [column: number, source: number])[][], shown: readonly number[] = []) {
  const sources = ["/app/policy.ts", "/app/node_modules/jose/index.js", kit].map((path) => pathToFileURL(path).href);
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
  const vlq = (value: number): string => digits.charAt(value < 0 ? -2 * value + 1 : 2 * value);
  let last = 0;
  const text = mappings.map((parts) => {
    let before = 0;
    return parts
      .map(([column, source]) => {
        const part = `${vlq(column - before)}${vlq(source - last)}AA`;
        [before, last] = [column, source];
        return part;
      })
      .join(",");
  });
  const map = JSON.stringify({ version: 3, names: [], sources, mappings: text.join(";") });
  return [...seenLines(new TraceMap(map), shown)].map((entry) => [entry >> 2, entry & 3]);
}

it("tells from which line on others are whose they are, by what is shown of them", () => {
  expect(linesOf([[[0, 2]], [[0, 0]], [[0, 0]], [[0, 1]], [[0, 2]]])).toEqual([
    [2, SHOWN],
    [4, NAMED],
    [5, KIT],
  ]);
});

it("counts a line of several parts as the one that most is shown of", () => {
  expect(
    linesOf([
      [
        [0, 2],
        [4, 0],
        [8, 2],
      ],
      [[0, 2]],
    ]),
  ).toEqual([
    [1, SHOWN],
    [2, KIT],
  ]);
});

it("counts what goes before a line's first part as the last one's", () => {
  expect(linesOf([[[0, 0]], [], [[2, 2]], [[0, 2]]])).toEqual([
    [1, SHOWN],
    [4, KIT],
  ]);
});

it("counts lines as the policy's that it is told of", () => {
  expect(linesOf([[[0, 2]], [[0, 2]], [[0, 2]]], [1])).toEqual([
    [2, SHOWN],
    [3, KIT],
  ]);
});
