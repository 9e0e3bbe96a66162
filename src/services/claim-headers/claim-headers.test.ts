import { describe, expect, it } from "vitest";
import type { Headers } from "../../policy/headers.js";
import { claimHeaders } from "./index.js";

/** Headers of a request that has sent these. */
function headersOf(...sent: [name: string, value: string][]) {
  let lines = sent;
  const headers = {
    *[Symbol.iterator]() {
      yield* [...lines];
    },
    delete(name: string) {
      lines = lines.filter(([other]) => other !== name);
    },
    set(name: string, value: string) {
      this.delete(name);
      lines.push([name, value]);
    },
  };
  return { headers: headers as unknown as Headers, lines: () => lines };
}

const valuesOf = (claims: Record<string, unknown>, name = "a"): string | undefined => {
  const { headers, lines } = headersOf();
  claimHeaders({ "x-claim": name }).set(headers, claims);
  return lines()[0]?.[1];
};

describe("what a client sends under the name of a claim", () => {
  it.each(["x-user", "x_user", "x.user"])("goes: %s", (name) => {
    const { headers, lines } = headersOf([name, "root"], ["x-users", "1"], ["xuser", "2"]);
    const fields = claimHeaders({ "X-User": "sub" });
    fields.set(headers, {});
    fields.clear(headers);
    expect(lines()).toEqual([
      ["x-users", "1"],
      ["xuser", "2"],
    ]);
  });

  it("goes however often it is there, and the claim is in its place", () => {
    const { headers, lines } = headersOf(["x-user", "root"], ["x_user", "root"], ["x-user", "admin"], ["a", "b"]);
    claimHeaders({ "x-user": "sub" }).set(headers, { sub: "ada" });
    expect(lines()).toEqual([
      ["a", "b"],
      ["x-user", "ada"],
    ]);
  });
});

describe("the header of a claim", () => {
  it.each([
    ["ada", "ada"],
    ["Zoë", "Zo\xc3\xab"],
    [7, "7"],
    [false, "false"],
    [["a", "b", 3], "a,b,3"],
    [{ a: ["ü"] }, '{"a":["\\u00fc"]}'],
    [[{ a: 1 }], '[{"a":1}]'],
  ])("for %j is %j", (a, expected) => {
    expect(valuesOf({ a })).toBe(expected);
  });

  it.each([null, undefined, "", "a\r\nx-admin: 1", "a\0b", " a", "a\u00a0", ["a,b", "c"], ["a\n"], []])(
    "for %j there is none",
    (a) => {
      expect(valuesOf({ a })).toBeUndefined();
    },
  );

  it("is found by its name, whatever that is, or by a pointer", () => {
    const claims = { realm_access: { roles: ["a"], "x/y": { "~": "z" } }, "https://a/b": "c", list: ["d"] };
    expect(valuesOf(claims, "https://a/b")).toBe("c");
    expect(valuesOf(claims, "/realm_access/roles")).toBe("a");
    expect(valuesOf(claims, "/realm_access/x~1y/~0")).toBe("z");
    expect(valuesOf(claims, "/list/0")).toBe("d");
    expect(valuesOf(claims, "/realm_access/none/deeper")).toBeUndefined();
    expect(valuesOf(claims, "constructor")).toBeUndefined();
    expect(valuesOf(claims, "/realm_access/__proto__")).toBeUndefined();
  });
});

it.each([
  [{ host: "sub" }, "CLAIM_HEADERS"],
  [{ "x-user": "" }, "CLAIM_HEADERS"],
  [{ "x-user": 1 as unknown as string }, "CLAIM_HEADERS"],
  [{ "x user": "sub" }, "HEADER_NAME"],
  [{ ":path": "sub" }, "PSEUDO_HEADER"],
])("%j is refused", (names, code) => {
  expect(() => claimHeaders(names)).toThrow(expect.objectContaining({ code }));
});
