import { describe } from "vitest";
import { caseFileNames } from "./case-files.js";
import { conformance } from "./suite.js";
import { testedEnvoy } from "./tested-envoy.js";

/** Its cases hold back more than these few bytes. */
const smallBuffer = "ask-then-hold";

describe("conformance in Envoy", () => {
  // Chunks that come at any time are the random comparison's (test/envoy/random-comparison.test.ts).
  conformance(testedEnvoy(1_048_576), {
    files: caseFileNames().filter((name) => name !== smallBuffer),
    splitsLittle: true,
  });
});

describe("conformance in Envoy with a buffer of 64 KiB", () => {
  conformance(testedEnvoy(65_536), { files: [smallBuffer] });
});
