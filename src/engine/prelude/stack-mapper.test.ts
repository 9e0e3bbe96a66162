import { expect, it } from "vitest";
import { createStackMapper } from "./stack-mapper.js";

/**
 * Line 0 of the bundle is the kit's; line 1 has line 9, column 4 of a.ts from column 2 on, and its line 10 from column 20 on;
 * line 2 begins with b.ts and goes on, from column 8, with a package, which ends where the kit goes on in line 5.
 */
const map = createStackMapper({
  filename: "policy.js",
  files: ["a.ts", "lib/b.ts"],
  packages: ["@x/y"],
  segments: "CECSI" + "AkBACJ" + "CACVA" + "AQC" + "GAH",
  blocks: [[1, 2, 0]],
});

it.each([
  ["    at f (policy.js:2:3)", "    at f (a.ts:10:5)"],
  ["    at f (policy.js:2:21)", "    at f (a.ts:11:1)"],
  ["    at f (policy.js:3:2)", "    at f (lib/b.ts:1:1)"],
  ["    at policy.js:2:21", "    at a.ts:11:1"],
  ["    at f (policy.js:3:9)", "    at f (@x/y)"],
  ["    at f (policy.js:5:90)", "    at f (@x/y)"],
  ["Error: policy.js:2:3 is no frame", "Error: policy.js:2:3 is no frame"],
])("%j becomes %j", (line, mapped) => {
  expect(map(line)).toBe(mapped);
});

it.each(["    at f (policy.js:1:1)", "    at f (policy.js:6:1)", "    at next (native)", "    at start (sluice:1:5)"])(
  "%j is left out",
  (line) => {
    expect(map(`Error: x\n${line}\nend`)).toBe("Error: x\nend");
  },
);
