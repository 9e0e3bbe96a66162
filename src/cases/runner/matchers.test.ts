import { describe, expect, it } from "vitest";
import { type BodyMatcher, bodyProblems } from "./body-matcher.js";
import { headerProblems, matchValue, type ValueMatcher } from "./value-matcher.js";

describe("a value matcher", () => {
  it.each<[unknown, ValueMatcher, boolean]>([
    ["a", "a", true],
    ["a", "A", false],
    [1, 1, true],
    ["1", 1, false],
    [undefined, "a", false],
    [undefined, { absent: true }, true],
    ["", { absent: true }, false],
    ["", { present: true }, true],
    [undefined, { present: true }, false],
    ["abc", { matches: "b" }, true],
    ["abc", { matches: "^b" }, false],
    ["abc", { contains: "bc" }, true],
    [undefined, { contains: "" }, false],
    ["b", { one_of: ["a", { matches: "b" }] }, true],
    ["c", { one_of: ["a", "b"] }, false],
  ])("%j against %j: %j", (value, matcher, expected) => {
    expect(matchValue(value, matcher)).toBe(expected);
  });
});

describe("a header matcher", () => {
  const headers = [
    ["X-A", "1"],
    ["x-b", "2"],
    ["x-a", "3"],
  ] as const;

  it.each<[string, ValueMatcher, boolean]>([
    ["x-a", "1, 3", true],
    ["X-A", "1", false],
    ["x-a", { values: ["1", "3"] }, true],
    ["x-a", { values: ["3", "1"] }, false],
    ["x-c", { absent: true }, true],
    ["x-b", { absent: true }, false],
    ["x-c", { one_of: ["2", { absent: true }] }, true],
    ["x-b", { one_of: ["3", { values: ["2"] }] }, true],
  ])("%s against %j: %j", (name, matcher, right) => {
    expect(headerProblems(headers, { [name]: matcher })).toHaveLength(right ? 0 : 1);
  });
});

describe("a body matcher", () => {
  it.each<[string, BodyMatcher, boolean]>([
    ["ab", "ab", true],
    ["ab", "a", false],
    ["", { empty: true }, true],
    [" ", { empty: true }, false],
    ['{"b":[1,2],"a":1}', { json: { a: 1, b: [1, 2] } }, true],
    ['{"a":1,"b":[2,1]}', { json: { a: 1, b: [1, 2] } }, false],
    ['{"a":1,"at":7}', { json: { a: 1, at: 8 }, ignore: ["/at"] }, true],
    ["a", { json: "a" }, false],
    ['{"a":{"b":1,"c":2}}', { json_subset: { a: { b: 1 } } }, true],
    ['{"a":{"b":1}}', { json_subset: { a: { c: 1 } } }, false],
    ['{"a":[{"b/c":1}]}', { at: { "/a/0/b~1c": 1, "/a/1": { absent: true } } }, true],
    ['{"a":1}', { at: { "/a": 2 } }, false],
    ["abc", { contains: "b" }, true],
    ["abc", { lacks: "b" }, false],
    ["abc", { matches: "c$" }, true],
    ["aaa", { bytes: { repeat: "a", times: 3 } }, true],
    ["aab", { bytes: { concat: ["aa", { hex: "61" }] } }, false],
    ["a=1&b=x+y", { form: { b: "x y", a: "1" } }, true],
    ["a=1&b=2", { form: { a: "1" } }, false],
    ["abc", { all_of: [{ contains: "a" }, { lacks: "b" }] }, false],
    ["abc", { one_of: ["x", { contains: "a" }] }, true],
  ])("%j against %j: %j", (body, matcher, right) => {
    expect(bodyProblems(Buffer.from(body), matcher)).toHaveLength(right ? 0 : 1);
  });
});
