import { describe } from "vitest";
import { embeddedGateway } from "./engines/embedded-gateway.js";
import { conformance } from "./suite.js";

describe("conformance of the embedded gateway", () => {
  conformance(embeddedGateway, {
    files: [
      "stop-request", "stop-response", "early-response-shared-data", "stop-iteration",
      "ask-then-hold", "body-stream", "edit-headers", "failing",
    ],
  });
});
