/** What docs/cases.md shows is what is run. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { futureCapabilities, offeredCapabilities } from "../../src/cases/capabilities.js";
import { envoy } from "../../src/cases/engines/envoy.js";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { codeBlocks } from "./markdown.js";

const page = readFileSync(new URL("../../docs/cases.md", import.meta.url), "utf8");

it("shows the cases of a template, whose tests run them", () => {
  expect(codeBlocks(page, "yaml")).toEqual([
    readFileSync(new URL("../../templates/auth/policy.cases.yaml", import.meta.url), "utf8"),
  ]);
});

it("lists what the engines have, and what they lack", () => {
  const [has = "", lacks = ""] = page.split("## Skipped cases")[1]!.split("They lack");
  const named = (text: string) => [...text.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!).sort();
  const engines = [
    inProcess(),
    envoy({ limits: {}, ownInstances: true, binary: () => Promise.reject(new Error("not started")) }),
  ];
  for (const { capabilities: own } of engines) {
    expect(named(has)).toEqual([...own].sort());
  }
  expect(named(has)).toEqual([...offeredCapabilities].sort());
  expect(named(lacks)).toEqual([...futureCapabilities].sort());
});
