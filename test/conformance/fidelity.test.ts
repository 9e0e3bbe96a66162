/** The table of skipped cases says what the suite does, and nothing else. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/cases/engine.js";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { caseFileNames, readCaseFile } from "./case-files.js";
import { embeddedGateway, embeddedGatewayWithModules } from "./embedded-gateway.js";
import { readSkips, skipReason, uselessSkips } from "./fidelity.js";
import { testedEnvoy, testedNativeEnvoy } from "./tested-envoy.js";

const engines = [
  inProcess(),
  embeddedGateway,
  embeddedGatewayWithModules,
  testedEnvoy(1_048_576),
  testedNativeEnvoy(1_048_576),
];
const files = caseFileNames().map(readCaseFile);

describe("docs/fidelity.md", () => {
  it("names engines that there are", () => {
    const names = engines.map(({ name }) => name);
    expect(readSkips().filter(({ engine }) => !names.includes(engine))).toEqual([]);
  });

  it.each(engines)("has no line for $name that skips nothing", (engine) => {
    expect(uselessSkips(engine, files)).toEqual([]);
  });

  it.each(engines)("explains every case that $name does not run", (engine) => {
    for (const file of files) {
      for (const testCase of file.cases) {
        expect(() => skipReason(engine, file, testCase)).not.toThrow();
      }
    }
  });
});

describe("README.md", () => {
  it("names cases that there are", () => {
    const [, proofs = ""] = readFileSync(new URL("README.md", import.meta.url), "utf8").split(
      "## Where policies are easily let down",
    );
    const named = [...proofs.matchAll(/`([\w-]+: [^`]+)`/g)].map(([, name]) => name);
    const known = files.flatMap(({ policy, cases }) => cases.map(({ name }) => `${policy}: ${name}`));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.includes(name!))).toEqual([]);
  });
});

describe("a skipped case", () => {
  const engine: Engine = { ...embeddedGateway, name: "some engine", capabilities: new Set(["headers"]) };
  const file = { ...readCaseFile("stop-request"), needs: ["headers"] };
  const testCase = file.cases[0]!;
  const line = (what: string) =>
    readSkips(
      `## Skipped cases\n\n| engine | what | why |\n| --- | --- | --- |\n| some engine | \`${what}\` | it is so |\n`,
    );

  it("is one that stands in the table by its name", () => {
    expect(skipReason(engine, file, testCase, line(`stop-request: ${testCase.name}`))).toBe("it is so");
    expect(skipReason(engine, file, testCase, line("stop-request: another"))).toBeUndefined();
    expect(uselessSkips(engine, [file], line("stop-request: another"))).toEqual(["stop-request: another"]);
  });

  it("is one whose need stands in the table", () => {
    const needy = { ...testCase, needs: ["cache"] };
    expect(skipReason(engine, file, needy, line("needs cache"))).toBe("it is so");
    expect(() => skipReason(engine, file, needy, line("needs lock"))).toThrow(/lacks "needs cache"/);
  });

  it("is one that takes more real time than there is", () => {
    const patient = { ...testCase, steps: [{ advance: "8s" }, { advance: "5s" }] };
    expect(skipReason(engine, file, patient, line("waits longer than 12 s"))).toBe("it is so");
    expect(() => skipReason(engine, file, patient, [])).toThrow(/lacks "waits longer than 12 s"/);
    expect(skipReason({ ...engine, longestWait: undefined }, file, patient, [])).toBeUndefined();
  });

  it("has a reason", () => {
    expect(() => readSkips("## Skipped cases\n\n| a | b | c |\n| - | - | - |\n| x | y |  |\n")).toThrow(
      /without a reason/,
    );
  });
});
