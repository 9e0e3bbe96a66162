import { describe } from "vitest";
import { envoy } from "./engines/envoy.js";
import { partialRequests } from "./partial-requests-suite.js";
import { conformance } from "./suite.js";

describe("conformance in Envoy", () => {
  conformance(envoy(1_048_576), {
    files: [
      "stop-request", "stop-response", "early-response-shared-data", "stop-iteration",
      "body-stream", "edit-headers", "failing",
    ],
    shareEngines: true,
  });
});

describe("conformance in Envoy with a buffer of 64 KiB", () => {
  conformance(envoy(65_536), { files: ["ask-then-hold"], shareEngines: true });
});

describe("partial requests in Envoy", () => {
  partialRequests(envoy(1_048_576));
});
