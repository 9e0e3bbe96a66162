import { describe } from "vitest";
import { embeddedGateway } from "./embedded-gateway.js";
import { conformance } from "./suite.js";

describe("conformance of the embedded gateway", () => {
  conformance(embeddedGateway);
});
