/** Modules of one policy each, in one process, which compiles each once: all cases on the embedded gateway, those about chains in Envoy. */
import { describe } from "vitest";
import { chainFileNames, concernsChains } from "./case-files.js";
import { embeddedGatewayWithModules } from "./embedded-gateway.js";
import { conformance } from "./suite.js";
import { smallBuffer, testedEnvoy } from "./tested-envoy.js";

describe("conformance in Envoy, each policy a filter", () => {
  conformance(testedEnvoy(1_048_576), {
    files: chainFileNames().filter((name) => name !== smallBuffer),
    cases: concernsChains,
    cuts: "bytes",
  });
});

describe("conformance in Envoy with a buffer of 64 KiB, each policy a filter", () => {
  conformance(testedEnvoy(65_536), { files: [smallBuffer] });
});

describe("conformance of the embedded gateway with modules", () => {
  // Its sockets are those of the gateway with native policies, its chain and its guests those that are tried in process.
  conformance(embeddedGatewayWithModules, { cuts: "none" });
});
