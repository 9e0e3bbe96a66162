import { describe, expect, it } from "vitest";
import type { PolicyUse } from "../config/types.js";
import { defaultLimits } from "../host/exchange.js";
import { runsOf, sharedPolicies } from "./policy-runs.js";

const use = (file: string, name = file): PolicyUse => ({
  file: `/p/${file}`,
  name,
  config: {},
  onError: "deny",
  partialRequests: "prevent",
});
const route = (...uses: readonly PolicyUse[]) => ({
  name: "r",
  match: {},
  upstream: "u",
  limits: defaultLimits,
  policies: uses,
});

describe("the policies of a gateway file that share a module", () => {
  it("are all that are sources, by names that no two have", () => {
    const routes = [route(use("a/policy.ts"), use("sdk.wasm")), route(use("b/policy.ts"), use("x/a.ts"))];
    expect([...sharedPolicies({ routes })]).toEqual([
      ["/p/a/policy.ts", "a"],
      ["/p/b/policy.ts", "b"],
      ["/p/x/a.ts", "a-2"],
    ]);
  });

  it.each([
    ["none", []],
    ["modules only", [route(use("x.wasm"), use("y.wasm"))]],
    ["one source, once in each route", [route(use("a.ts")), route(use("a.ts"), use("x.wasm"))]],
    ["one source, twice around a module", [route(use("a.ts", "1"), use("x.wasm"), use("a.ts", "2"))]],
  ])("are none where there is nothing to share: %s", (_, routes) => {
    expect(sharedPolicies({ routes }).size).toBe(0);
  });

  it("are one, where a route uses it twice in a row", () => {
    const routes = [route(use("a.ts", "1"), use("a.ts", "2"))];
    expect([...sharedPolicies({ routes })]).toEqual([["/p/a.ts", "a"]]);
  });
});

describe("the uses of a route", () => {
  const named = (...uses: readonly PolicyUse[]) =>
    runsOf(uses, { has: (file) => file.endsWith(".ts") }).map(({ name, uses: run }) => [
      name,
      run.map((each) => each.name),
    ]);

  it("become runs of those that share a module; every other one is its own", () => {
    expect(named(use("a.ts", "a"), use("b.ts", "b"), use("x.wasm", "x"), use("y.wasm", "y"), use("a.ts", "c"))).toEqual(
      [
        ["a+1", ["a", "b"]],
        ["x", ["x"]],
        ["y", ["y"]],
        ["c", ["c"]],
      ],
    );
  });

  it("may be none", () => {
    expect(named()).toEqual([]);
  });
});
