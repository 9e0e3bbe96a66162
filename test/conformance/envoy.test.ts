/** Every case in Envoy as `sluice envoy` has its policies: in one module, each chain one filter. */
import { describe } from "vitest";
import { caseFileNames } from "./case-files.js";
import { conformance } from "./suite.js";
import { smallBuffer, testedEnvoy } from "./tested-envoy.js";

describe("conformance in Envoy", () => {
  // Chunks that come at any time are the random comparison's (test/envoy/random-comparison.test.ts).
  conformance(testedEnvoy(1_048_576, { oneFilter: true }), {
    files: caseFileNames().filter((name) => name !== smallBuffer),
    cuts: "bytes",
  });
});

describe("conformance in Envoy with a buffer of 64 KiB", () => {
  conformance(testedEnvoy(65_536, { oneFilter: true }), { files: [smallBuffer] });
});
