import { describe, expect, it } from "vitest";
import { fulfils, scopeList, scopesOf } from "./scopes.js";

describe("lists of scopes", () => {
  it.each<[scopes: unknown, list: readonly string[] | undefined]>([
    ["read write", ["read", "write"]],
    ["  read   write ", ["read", "write"]],
    ["", []],
    [
      ["a", "b:c/d"],
      ["a", "b:c/d"],
    ],
    [[], []],
    [["a b"], undefined],
    [['"'], undefined],
    ["\\", undefined],
    ["ä", undefined],
    [["a", 1], undefined],
    [undefined, undefined],
    [null, undefined],
    [{ length: 0 }, undefined],
  ])("%j", (scopes, list) => {
    expect(scopeList(scopes)).toEqual(list);
  });

  it("of claims come from scope, else from scp", () => {
    expect(scopesOf({ scope: "a", scp: ["b"] })).toEqual(["a"]);
    expect(scopesOf({ scp: ["b"] })).toEqual(["b"]);
    expect(scopesOf({ scope: 7, scp: ["b"] })).toEqual([]);
    expect(scopesOf({})).toEqual([]);
  });

  it.each<[scopes: string[], needed: string[], all: boolean, any: boolean]>([
    [["a", "b"], ["a", "b"], true, true],
    [["a"], ["a", "b"], false, true],
    [["ab"], ["a", "b"], false, false],
    [["A"], ["a"], false, false],
    [[], ["a"], false, false],
  ])("%j for %j", (scopes, needed, all, any) => {
    expect([fulfils(scopes, needed, "all"), fulfils(scopes, needed, "any")]).toEqual([all, any]);
  });
});
