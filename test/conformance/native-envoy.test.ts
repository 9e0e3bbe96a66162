/** Policies that Envoy runs natively: every case with all policies in one file, each chain one filter; those about chains a filter each, too. */
import { describe } from "vitest";
import { caseFileNames, chainFileNames, concernsChains } from "./case-files.js";
import { conformance } from "./suite.js";
import { smallBuffer, testedNativeEnvoy } from "./tested-envoy.js";

describe("conformance of native policies in Envoy", () => {
  conformance(testedNativeEnvoy(1_048_576, { oneFilter: true }), {
    files: caseFileNames().filter((name) => name !== smallBuffer),
    cuts: "bytes",
  });
});

describe("conformance of native policies in Envoy with a buffer of 64 KiB", () => {
  conformance(testedNativeEnvoy(65_536, { oneFilter: true }), { files: [smallBuffer] });
});

describe("conformance of native policies in Envoy, each a filter", () => {
  conformance(testedNativeEnvoy(1_048_576), {
    files: chainFileNames().filter((name) => name !== smallBuffer),
    cases: concernsChains,
    cuts: "bytes",
  });
});

describe("conformance of native policies in Envoy with a buffer of 64 KiB, each a filter", () => {
  conformance(testedNativeEnvoy(65_536), { files: [smallBuffer] });
});
