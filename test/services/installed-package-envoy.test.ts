import { expect, it } from "vitest";
import { testedEnvoy } from "../conformance/tested-envoy.js";
import { allPassed, installPackage } from "./installed-package.js";

it("a package's service works in Envoy", async () => {
  const project = await installPackage("installed-package-envoy");
  try {
    expect(await project.run(testedEnvoy(1_048_576))).toEqual(allPassed);
  } finally {
    project.remove();
  }
});
