import { describe } from "vitest";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { conformance } from "./suite.js";

describe("conformance of the chain in process", () => {
  conformance(inProcess(), { splitsReadyPolicies: true });
});
