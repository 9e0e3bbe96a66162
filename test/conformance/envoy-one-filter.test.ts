/** Chains in Envoy as one filter each; files whose cases have one policy only are run so where they are about bodies that wait. */
import { describe } from "vitest";
import { chainFileNames } from "./case-files.js";
import { conformance } from "./suite.js";
import { testedEnvoy } from "./tested-envoy.js";

describe("conformance in Envoy, each chain one filter", () => {
  conformance(testedEnvoy(1_048_576, { oneFilter: true }), { files: chainFileNames(), cuts: "bytes" });
});

describe("conformance in Envoy with a buffer of 64 KiB, each chain one filter", () => {
  conformance(testedEnvoy(65_536, { oneFilter: true }), { files: ["ask-then-hold"] });
});
