import { expect, it } from "vitest";
import { millisecondsOf } from "./duration.js";

it.each([
  [0, 0],
  [1.5, 1.5],
  [-1, -1],
  ["250ms", 250],
  ["1.5s", 1_500],
  ["0.0004s", 0],
  ["15m", 900_000],
  ["2h", 7_200_000],
  ["30d", 2_592_000_000],
  ["5", Number.NaN],
  ["5 s", Number.NaN],
  ["-5s", Number.NaN],
  ["5S", Number.NaN],
  ["1e3s", Number.NaN],
  ["s", Number.NaN],
  ["", Number.NaN],
  [null, Number.NaN],
  [undefined, Number.NaN],
  [["5s"], Number.NaN],
])("the duration %j is %s ms", (duration, milliseconds) => {
  expect(millisecondsOf(duration)).toBe(milliseconds);
});
