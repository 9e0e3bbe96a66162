import { describe } from "vitest";
import { embeddedGateway } from "./embedded-gateway.js";
import { conformance } from "./suite.js";

describe("conformance of the embedded gateway", () => {
  // Its chain is the one that is tried in process; what sockets make of pieces, test/gateway tries.
  conformance(embeddedGateway, { cuts: "none" });
});
