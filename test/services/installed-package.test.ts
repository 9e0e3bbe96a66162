import { afterAll, beforeAll, expect, it } from "vitest";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { embeddedGateway } from "../conformance/embedded-gateway.js";
import { allPassed, type InstalledProject, installPackage } from "./installed-package.js";

let project: InstalledProject;
beforeAll(async () => {
  project = await installPackage("installed-package");
});
afterAll(() => {
  project.remove();
});

it("a package's service compiles where policies do, and so do policies that use it", () => {
  expect(project.complaints).toEqual([]);
});

it.each([
  ["in a test, as JavaScript", inProcess("native")],
  ["in a test, as a module", inProcess("wasm")],
  ["on the embedded gateway", embeddedGateway],
])("a package's service works %s", async (_where, engine) => {
  expect(await project.run(engine)).toEqual(allPassed);
});
