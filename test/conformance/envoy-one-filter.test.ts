import { describe } from "vitest";
import { caseFileNames } from "./case-files.js";
import { conformance } from "./suite.js";
import { testedEnvoy } from "./tested-envoy.js";

describe("conformance in Envoy, each chain one filter", () => {
  conformance(testedEnvoy(1_048_576, { oneFilter: true }), {
    files: caseFileNames().filter((name) => name !== "ask-then-hold"),
  });
});

describe("conformance in Envoy with a buffer of 64 KiB, each chain one filter", () => {
  conformance(testedEnvoy(65_536, { oneFilter: true }), { files: ["ask-then-hold"] });
});
