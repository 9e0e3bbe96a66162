import { expect, it } from "vitest";
import { parseDuration, parseSize } from "./units.js";

it.each([
  [1, 1],
  ["250ms", 250],
  ["5s", 5_000],
  ["1.5 m", 90_000],
  ["2h", 7_200_000],
  ["0.0004s", undefined],
  [0, undefined],
  [-1, undefined],
  [0.5, undefined],
  [Number.NaN, undefined],
  ["5", undefined],
  ["5S", undefined],
  ["5 days", undefined],
  ["s", undefined],
  ["1e3s", undefined],
  ["5constructor", undefined],
  ["600h", undefined],
  [null, undefined],
  [[], undefined],
])("the duration %j is %s ms", (value, expected) => {
  expect(parseDuration(value)).toBe(expected);
});

it.each([
  [0, 0],
  [10, 10],
  ["10B", 10],
  ["1KB", 1_000],
  ["64KiB", 65_536],
  ["1.5MiB", 1_572_864],
  ["1GiB", 1_073_741_824],
  ["1MB", 1_000_000],
  ["1mb", undefined],
  ["-1B", undefined],
  [-1, undefined],
  [1.5, undefined],
  [{}, undefined],
])("the size %j is %s bytes", (value, expected) => {
  expect(parseSize(value)).toBe(expected);
});
