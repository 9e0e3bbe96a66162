import { describe, expect, it } from "vitest";
import { objectOf } from "./strict-json.js";

describe("JSON with each member once", () => {
  it.each([
    ["{}", true],
    ['{"a":1,"b":{"a":1}}', true],
    ['{ "a" : [ {"a":1}, {"a":1} ] }', true],
    ['{"a":":\\":","b":"\\\\"}', true],
    ['{"1":1,"0":1}', true],
    ['{"__proto__":1}', true],
    ['{"a":1.0}', true],
    ['{"a":1,"a":1}', false],
    ['{"__proto__":1,"__proto__":1}', false],
    ['{"":1,"":2}', false],
    ['[{"a":1}]', false],
    ["1", false],
    ["", false],
  ])("%s: %s", (text, is) => {
    expect(objectOf(new TextEncoder().encode(text)) !== undefined).toBe(is);
  });

  it("is frozen at every depth", () => {
    const read = objectOf(new TextEncoder().encode('{"a":[{"b":1}]}')) as { a: readonly object[] };
    expect([read, read.a, read.a[0]].map((value) => Object.isFrozen(value))).toEqual([true, true, true]);
  });
});
