import { expect, it } from "vitest";
import { readableEntry } from "./logger.js";

it("an entry for people does nothing to a terminal, and its lines cannot pass for entries", () => {
  expect(
    readableEntry({
      msg: "from \u001b[31mthe client\n[12:00:00.000] INFO: forged",
      fields: { "na\u009bme": ["\u202e", 1, null, true] },
      err: { stack: "Error: a\n    at b\u0007" },
    }),
  ).toEqual({
    msg: "from \\u001b[31mthe client\n    [12:00:00.000] INFO: forged",
    fields: { "na\\u009bme": ["\\u202e", 1, null, true] },
    err: { stack: "Error: a\n    at b\\u0007" },
  });
});
