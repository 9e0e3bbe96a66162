import { describe } from "vitest";
import { embeddedGatewayWithModules } from "./embedded-gateway.js";
import { conformance } from "./suite.js";

describe("conformance of the embedded gateway with modules", () => {
  // Its sockets are those of the gateway with native policies, its chain and its guests those that are tried in process.
  conformance(embeddedGatewayWithModules, { splitsLittle: true });
});
