/** Every error code that a policy can meet is asserted by a case, or stands in README.md with the tests that prove it. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Step } from "../../src/cases/runner/case-file.js";
import { errorTable } from "../../src/errors.js";
import { sectionsOf } from "../docs/markdown.js";
import { caseFileNames, readCaseFile } from "./case-files.js";

/** Of those for whoever writes the gateway file this one alone is thrown while policies run. */
const met = Object.entries(errorTable)
  .filter(([code, { who }]) => who === "policy" || who === "operation" || code === "UPSTREAM_UNKNOWN")
  .map(([code]) => code);

/** What the cases expect, without what they are called by and wait for. */
const expected = caseFileNames()
  .flatMap((name) => readCaseFile(name).cases.flatMap(({ steps }) => steps.map(expectationsOf)))
  .join("\n");

function expectationsOf(step: Step): string {
  return JSON.stringify("parallel" in step ? step.parallel.expect : step.expect);
}

const asserted = (code: string): boolean => new RegExp(`\\b${code}\\b`).test(expected);

const sections = sectionsOf(readFileSync(new URL("README.md", import.meta.url), "utf8"));
const exceptions = sections
  .find(({ title }) => title === "Error codes without a case")!
  .text.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((row) => {
    const [code = "", reason = "", proofs = ""] = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return {
      code: code.replaceAll("`", ""),
      reason,
      proofs: [...proofs.matchAll(/`([^`]+)`/g)].map(([, file]) => file!),
    };
  });

describe("an error code that a policy can meet", () => {
  it.each(met)("%s is asserted by a case, or it is said why not", (code) => {
    expect([asserted(code), exceptions.some((exception) => exception.code === code)].filter(Boolean)).toHaveLength(1);
  });

  it.each(exceptions)("$code has a reason and a proof instead", ({ code, reason, proofs }) => {
    expect(met).toContain(code);
    expect(reason).not.toBe("");
    const texts = proofs
      .map((file) => new URL(`../../${file}`, import.meta.url))
      .map((file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined));
    expect(texts).not.toContain(undefined);
    expect(texts.join("\n")).toContain(code);
  });
});
