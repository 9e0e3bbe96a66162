import { describe, expect, it } from "vitest";
import { removeValues, setValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { Headers } from "../../policy/headers.js";
import { cookies, type SetCookieAttributes, setCookieString } from "./index.js";

/** A request with these lines of the header `cookie`. */
function requestWith(...lines: string[]): { headers: Headers; lines: () => string[] } {
  const list: HeaderList = lines.flatMap((line) => ["cookie", line]);
  const headers = Headers.of({
    headersShown: () => undefined,
    headerList: () => list,
    hasHeader: (name) => list.includes(name),
    setHeader: (_call, name, value) => {
      setValue(list, name, value);
    },
    appendHeader: (_call, name, value) => list.push(name, value),
    deleteHeader: (_call, name) => {
      removeValues(list, name);
    },
  });
  return { headers, lines: () => headers.getAll("cookie") };
}

type Edit = readonly [call: "set" | "delete", name: string, value?: string];

describe("cookies", () => {
  it.each<[line: string, list: [string, string][]]>([
    [
      "a=1; b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1;b=2 ;\t c = 3 ",
      [
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ],
    ],
    [
      'a="x y"; b=""',
      [
        ["a", '"x y"'],
        ["b", '""'],
      ],
    ],
    [
      "a=b=c; A=1; a",
      [
        ["a", "b=c"],
        ["A", "1"],
        ["", "a"],
      ],
    ],
    [
      "=v; =; a=",
      [
        ["", "v"],
        ["", ""],
        ["a", ""],
      ],
    ],
    [";; ;a=1;", [["a", "1"]]],
    [
      "a=%41+b; b=\xc3\xa0",
      [
        ["a", "%41+b"],
        ["b", "\xc3\xa0"],
      ],
    ],
    ["", []],
  ])("of %j are listed as they were sent", (line, list) => {
    expect([...cookies(requestWith(line))]).toEqual(list);
  });

  it("of several lines are one list; the first of a name is the one to get", () => {
    const list = cookies(requestWith("a=1; b=2", "a=3"));
    expect([list.get("a"), list.get("b"), list.get("c")]).toEqual(["1", "2", null]);
    expect(list.getAll("a")).toEqual(["1", "3"]);
    expect([list.has("a"), list.has("a", "3"), list.has("a", "4"), list.has("B")]).toEqual([true, true, false, false]);
    expect([...cookies(requestWith())]).toEqual([]);
  });

  it.each<[lines: string[], edit: Edit, expected: string[]]>([
    [["a=1; b = 2;c=3"], ["set", "a", "x"], ["a=x; b = 2; c=3"]],
    [["a=1; b=2; a=3"], ["set", "a", '"x"'], ['a="x"; b=2']],
    [["a=1"], ["set", "b", ""], ["a=1; b="]],
    [[], ["set", "b", "1"], ["b=1"]],
    [["a=1", "b=2"], ["set", "c", "3"], ["a=1; b=2; c=3"]],
    [["a=1; b=2; a=3"], ["delete", "a"], ["b=2"]],
    [["a=1; b=2; a=3"], ["delete", "a", "3"], ["a=1; b=2"]],
    [["a=1", "a=2; "], ["delete", "a"], []],
    [
      ["a=1", "b=2"],
      ["delete", "c"],
      ["a=1", "b=2"],
    ],
    [["a=1; x"], ["delete", ""], ["a=1"]],
  ])("of lines %j are edited by %j", (lines, [call, name, value], expected) => {
    const request = requestWith(...lines);
    cookies(request)[call](name, value!);
    expect(request.lines()).toEqual(expected);
  });

  it.each([
    ["a b", "1"],
    ["", "1"],
    ["a", "x y"],
    ["a", "x;y"],
    ["a", 'x"'],
    ["a", "ü"],
    ["a", "x\r\n"],
  ])("cannot be set to %j=%j, and the error does not quote the value", (name, value) => {
    const request = requestWith("b=2");
    const set = () => {
      cookies(request).set(name, value);
    };
    expect(set).toThrow(expect.objectContaining({ code: "COOKIE_SYNTAX" }) as Error);
    expect(set).not.toThrow(value.length > 1 ? value : "\0");
    expect(request.lines()).toEqual(["b=2"]);
  });

  it.each([";", " ", "a", "a=1;", "\t=", "; "])("of a million times %j are read and edited", (piece) => {
    const request = requestWith(piece.repeat(1_000_000 / piece.length));
    const list = cookies(request);
    expect(list.get("b")).toBeNull();
    list.set("b", "1");
    expect(list.has("b", "1")).toBe(true);
    list.delete("a");
    list.delete("");
    expect([...list].at(-1)?.[0] ?? "b").toBe("b");
  });
});

describe("a cookie that is set", () => {
  it.each<[SetCookieAttributes, string]>([
    [{}, ""],
    [{ secure: false, httpOnly: undefined }, ""],
    [{ maxAge: 0 }, "; Max-Age=0"],
    [
      {
        expires: new Date(Date.UTC(2021, 5, 9, 10, 18, 14)),
        maxAge: 60,
        domain: "example.com",
        path: "/a b",
        secure: true,
        httpOnly: true,
        sameSite: "None",
      },
      "; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Max-Age=60; Domain=example.com; Path=/a b; Secure; HttpOnly; SameSite=None",
    ],
  ])("with %j is written as RFC 6265bis says", (attributes, written) => {
    expect(setCookieString("sid", '"1"', attributes)).toBe(`sid="1"${written}`);
  });

  it.each<[name: string, attributes: SetCookieAttributes]>([
    ["__Secure-a", { secure: true, domain: "example.com" }],
    ["__Host-a", { secure: true, path: "/" }],
    ["__Other-a", {}],
  ])("%s may have %j", (name, attributes) => {
    expect(setCookieString(name, "1", attributes)).toContain(`${name}=1`);
  });

  it.each<[name: string, attributes: object]>([
    ["a", { expires: new Date(NaN) }],
    ["a", { expires: "tomorrow" }],
    ["a", { expires: new Date("+010000-01-01T00:00:00Z") }],
    ["a", { maxAge: -1 }],
    ["a", { maxAge: 1.5 }],
    ["a", { domain: "a;b" }],
    ["a", { domain: ".example.com" }],
    ["a", { domain: "a.".repeat(600) + "a" }],
    ["a", { path: "a" }],
    ["a", { path: "/;secure" }],
    ["a", { path: "/\r\nx: y" }],
    ["a", { sameSite: "strict" }],
    ["a", { sameSite: "None" }],
    ["__Secure-a", {}],
    ["__secure-a", { secure: false }],
    ["__Host-a", { path: "/" }],
    ["__Host-a", { secure: true }],
    ["__Host-a", { secure: true, path: "/x" }],
    ["__HOST-a", { secure: true, path: "/", domain: "example.com" }],
  ])("%s cannot have %j", (name, attributes) => {
    expect(() => setCookieString(name, "1", attributes as SetCookieAttributes)).toThrow(
      expect.objectContaining({ code: "COOKIE_ATTRIBUTE" }) as Error,
    );
  });

  it("has 4,096 bytes of name and value at most, of what cookies are made of", () => {
    expect(setCookieString("a", "x".repeat(4095))).toHaveLength(4097);
    for (const [name, value] of [
      ["a", "x".repeat(4096)],
      ["a=b", "1"],
      ["a", "1; secure"],
    ] as const) {
      expect(() => setCookieString(name, value)).toThrow(expect.objectContaining({ code: "COOKIE_SYNTAX" }) as Error);
    }
  });

  it.each(["a", "-", "a.", "-."])("with a domain or path of many %j is answered", (piece) => {
    const text = piece.repeat(500_000);
    expect(() => setCookieString("a", "1", { domain: text })).toThrow();
    expect(() => setCookieString("a", "1", { path: `/${text}` })).toThrow();
  });
});
