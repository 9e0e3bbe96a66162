import { describe } from "vitest";
import { envoy } from "./engines/envoy.js";
import { caseFileNames } from "./runner/case-file.js";
import { conformance } from "./suite.js";

/** Its cases hold back more than these few bytes. */
const smallBuffer = "ask-then-hold";

describe("conformance in Envoy", () => {
  conformance(envoy(1_048_576), { files: caseFileNames().filter((name) => name !== smallBuffer) });
});

describe("conformance in Envoy with a buffer of 64 KiB", () => {
  conformance(envoy(65_536), { files: [smallBuffer] });
});
