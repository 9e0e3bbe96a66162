/** The order of test files: those that take longest are begun first, so that no worker is left with one when all others are done. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** A fresh checkout knows no times of former runs, and the sizes of these files say nothing. */
const longest = [
  "test/conformance/modules-envoy.test.ts",
  "test/conformance/in-process.test.ts",
  "test/conformance/native-envoy.test.ts",
  "test/conformance/gateway.test.ts",
  "test/conformance/envoy.test.ts",
  "test/package/package.test.ts",
  "test/conformance/one-filter.test.ts",
  "test/cli/test-cases.test.ts",
  "test/gateway/fuzz.test.ts",
  // Next to the others of their project, with which they share processes.
  "test/envoy/chain.test.ts",
  "test/envoy/foreign-filters.test.ts",
  "test/envoy/manifests.test.ts",
  "test/envoy/random-comparison.test.ts",
].map((file) => fileURLToPath(new URL(`../../${file}`, import.meta.url)));

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = longest.filter((file) => !existsSync(file));
    if (gone.length > 0) {
      throw new Error(`test/support/longest-first.ts: expected test files, but they are gone: ${gone.join(", ")}.`);
    }
    const rank = ({ moduleId }: TestSpecification) =>
      longest.includes(moduleId) ? longest.indexOf(moduleId) : longest.length;
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
