/** The engines that run modules, in one process: each policy is compiled once for both. */
import { describe } from "vitest";
import { caseFileNames } from "./case-files.js";
import { embeddedGatewayWithModules } from "./embedded-gateway.js";
import { conformance } from "./suite.js";
import { testedEnvoy } from "./tested-envoy.js";

/** Its cases hold back more than these few bytes. */
const smallBuffer = "ask-then-hold";

describe("conformance in Envoy", () => {
  // Chunks that come at any time are the random comparison's (test/envoy/random-comparison.test.ts).
  conformance(testedEnvoy(1_048_576), {
    files: caseFileNames().filter((name) => name !== smallBuffer),
    cuts: "bytes",
  });
});

describe("conformance in Envoy with a buffer of 64 KiB", () => {
  conformance(testedEnvoy(65_536), { files: [smallBuffer] });
});

describe("conformance of the embedded gateway with modules", () => {
  // Its sockets are those of the gateway with native policies, its chain and its guests those that are tried in process.
  conformance(embeddedGatewayWithModules, { cuts: "none" });
});
