/** Policies that Envoy runs natively, each as a filter, where more of what a chain does is Envoy's, and all as one. */
import { describe } from "vitest";
import { caseFileNames } from "./case-files.js";
import { conformance } from "./suite.js";
import { testedNativeEnvoy } from "./tested-envoy.js";

/** Its cases hold back more than these few bytes. */
const smallBuffer = "ask-then-hold";

describe("conformance of native policies in Envoy", () => {
  conformance(testedNativeEnvoy(1_048_576), {
    files: caseFileNames().filter((name) => name !== smallBuffer),
    cuts: "bytes",
  });
});

describe("conformance of native policies in Envoy with a buffer of 64 KiB", () => {
  conformance(testedNativeEnvoy(65_536), { files: [smallBuffer] });
});

describe("conformance of native policies in Envoy that are one filter", () => {
  conformance(testedNativeEnvoy(1_048_576, { oneFilter: true }), { cuts: "none" });
});
