/** What a compiled policy can do wrong, and what must come of it on every engine that runs modules. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultLimits } from "../../src/host/exchange.js";

export const misbehavingPolicy = fileURLToPath(new URL("../gateway/policies/misbehaving.ts", import.meta.url));

/** Time enough for what is no loop on a busy machine; memory that is used up sooner than that. */
export const misbehaviourLimits = { ...defaultLimits, callbackMilliseconds: 1_000, memoryBytes: 16 << 20 };

export interface Misdeed {
  /** Of a request that brings it about. */
  path: string;
  /** What the log says. */
  message: string;
  /** Where it says that it happened; an engine without memory cannot say it. */
  place: RegExp | undefined;
}

const anyPlace = /\bmisbehaving\.ts:\d+:\d+/;

export const misdeeds: readonly Misdeed[] = (["request", "response"] as const).flatMap((phase): Misdeed[] => {
  const failed = `POLICY_FAILED: the ${phase} filter failed`;
  const tooLong = `FILTER_LOOP: the ${phase} filter ran longer`;
  return [
    { path: `/${phase}/throw`, message: failed, place: placeOf("throw new Error") },
    { path: `/${phase}/recursion`, message: failed, place: placeOf("deeper(depth + 1)") },
    { path: `/${phase}/loop`, message: tooLong, place: anyPlace },
    { path: `/${phase}/loop-in-a-promise-job`, message: tooLong, place: anyPlace },
    { path: `/${phase}/expression`, message: tooLong, place: placeOf("(a+)+") },
    { path: `/${phase}/memory`, message: failed, place: undefined },
    // What was garbage then is memory again.
    { path: `/${phase}/throw`, message: failed, place: placeOf("throw new Error") },
  ];
});

function placeOf(code: string): RegExp {
  const line =
    readFileSync(misbehavingPolicy, "utf8")
      .split("\n")
      .findIndex((text) => text.includes(code)) + 1;
  return new RegExp(`\\bmisbehaving\\.ts:${line}:\\d+`);
}

/** Whether a line of the log tells of it. */
export function tellsOf({ message, place }: Misdeed, line: string): boolean {
  return line.includes(message) && (place?.test(line) ?? line.includes("out of memory"));
}
