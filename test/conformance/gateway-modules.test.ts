import { describe } from "vitest";
import { embeddedGatewayWithModules } from "./embedded-gateway.js";
import { conformance } from "./suite.js";

describe("conformance of the embedded gateway with modules", () => {
  conformance(embeddedGatewayWithModules);
});
