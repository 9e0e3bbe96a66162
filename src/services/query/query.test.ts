import { describe, expect, it } from "vitest";
import { utf8ToByteString } from "../../policy/byte-string.js";
import { Random } from "../../testing/random.js";
import { query } from "./index.js";

type Edit = readonly [call: "set" | "append" | "delete", name: string, value?: string];

/** The path after an edit of its query. */
function edited(path: string, [call, name, value]: Edit): string {
  const target = { path };
  query(target)[call](name, value!);
  return target.path;
}

describe("a query", () => {
  it.each([
    ["a=1", "1"],
    ["b=0&a=1&a=2", "1"],
    ["a", ""],
    ["a=", ""],
    ["a==b=", "=b="],
    ["a=1+2%2B3", "1 2+3"],
    ["%61=x", "x"],
    ["a=%e4%BD%a0", "你"],
    ["a=%zz%4&a=2", "%zz%4"],
    ["a=%ff%41", "\ufffdA"],
    ["a=%EF%BB%BFx", "\ufeffx"],
    [`a=${utf8ToByteString("ü")}%C3%BC`, "üü"],
    ["a=1#b", "1#b"],
    ["a=1?a=2", "1?a=2"],
    ["&&a=1&", "1"],
    ["A=1", null],
    ["aa=1&b=a", null],
    ["=a", null],
    ["", null],
  ])("?%s has %j for a", (search, value) => {
    expect(query({ path: `/x?${search}` }).get("a")).toBe(value);
    expect(query({ path: `/x?${search}` }).has("a")).toBe(value !== null);
  });

  it("lists what it has, in order, and what it is written as", () => {
    const list = query({ path: "/x?b=1&&a=%20&b&=z&b=+2" });
    expect([...list]).toEqual([
      ["b", "1"],
      ["a", " "],
      ["b", ""],
      ["", "z"],
      ["b", " 2"],
    ]);
    expect(list.getAll("b")).toEqual(["1", "", " 2"]);
    expect(list.getAll("none")).toEqual([]);
    expect(list.get("")).toBe("z");
    expect([list.has("b", " 2"), list.has("b", "+2"), list.has("c", "1")]).toEqual([true, false, false]);
    expect(String(list)).toBe("b=1&&a=%20&b&=z&b=+2");
  });

  it("is empty where there is none", () => {
    for (const path of ["/", "/?", "*"]) {
      expect([...query({ path })]).toEqual([]);
      expect(query({ path }).toString()).toBe("");
    }
  });

  it.each<[path: string, edit: Edit, expected: string]>([
    ["/?%7e=%7e&a=1&b=%zz", ["set", "a", "2"], "/?%7e=%7e&a=2&b=%zz"],
    ["/?x=%2f&a&y=+&%61=3", ["set", "a", "ü &="], "/?x=%2f&a=%C3%BC+%26%3D&y=+"],
    ["/?x&&y", ["set", "a", "1"], "/?x&&y&a=1"],
    ["/", ["set", "a", "1"], "/?a=1"],
    ["/?", ["append", "a", "1"], "/?a=1"],
    ["/?a=%41&", ["append", "a", "!'()~*"], "/?a=%41&a=%21%27%28%29%7E*"],
    ["/?a", ["append", "\ud800", "x\udc00"], "/?a&%EF%BF%BD=x%EF%BF%BD"],
    ["/?a=1&%62=%32&a=3", ["delete", "a"], "/?%62=%32"],
    ["/?a=1&&b=2&a=3&c", ["delete", "a", "3"], "/?a=1&&b=2&c"],
    ["/p?a=1&%61=2", ["delete", "a"], "/p"],
    ["/p?&a=1&&", ["delete", "a"], "/p"],
    ["/p?&&", ["delete", "a"], "/p?&&"],
    ["/p?", ["delete", "a"], "/p?"],
    [`/?b=${utf8ToByteString("ü")}\xff&a`, ["delete", "a"], `/?b=${utf8ToByteString("ü")}\xff`],
  ])("%s is edited, and the rest stays byte for byte, by %j", (path, edit, expected) => {
    expect(edited(path, edit)).toBe(expected);
  });

  it("does not touch the path of a request that has nothing to remove", () => {
    const request = {
      get path() {
        return "/?b=1";
      },
      set path(_path: string) {
        throw new Error("assigned");
      },
    };
    query(request).delete("a");
    expect(query(request).get("b")).toBe("1");
  });

  it("follows the path, and can be edited while it is gone through", () => {
    const request = { path: "/?a=1&b=2&a=3" };
    const list = query(request);
    const seen: string[] = [];
    for (const [name, value] of list) {
      seen.push(value);
      list.delete(name);
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect(request.path).toBe("/");
    request.path = "/y?a=4";
    expect(list.get("a")).toBe("4");
  });

  it.each(["&", "a&", "=", "%", "+", "a=%&", "a=\xff&"])("of a million times %s is read and edited", (piece) => {
    const request = { path: `/?${piece.repeat(1_000_000 / piece.length)}` };
    const list = query(request);
    expect(list.getAll("b")).toEqual([]);
    list.set("b", "1");
    expect(list.get("b")).toBe("1");
    list.delete("b");
    list.delete("a");
    expect([...list].length).toBeGreaterThan(-1);
    expect(list.has("b")).toBe(false);
  });
});

/** By hand: QUERY_FUZZ=200000 npx vitest run src/services/query */
const rounds = Number(process.env["QUERY_FUZZ"] ?? 2_000);
const pieces = [
  ..."abAB01=&=&&+%? ~!*'()/#;".split(""),
  ...[
    "%61",
    "%41",
    "%26",
    "%3D",
    "%2B",
    "%25",
    "%20",
    "%",
    "%4",
    "%zz",
    "%ff",
    "%C3%BC",
    "%c3",
    "%EF%BB%BF",
    "%F0%9F%99%82",
  ],
  ...[utf8ToByteString("ü"), utf8ToByteString("🙂"), utf8ToByteString("\ufeff"), "a=1&", "b=2&", "&a", "&b="],
];
const values = [
  "",
  "a",
  "b",
  "1",
  "2",
  "ü",
  "🙂",
  " ",
  "+",
  "&",
  "=",
  "%",
  "%41",
  "\ufffd",
  "\ud83d",
  "\ufeff",
  "a b~!*'()",
];

describe("a random query", () => {
  it(
    `agrees with URLSearchParams, ${rounds} times`,
    () => {
      const random = new Random(14);
      const pick = (list: readonly string[]): string => list[random.below(list.length)]!;
      for (let round = 0; round < rounds; round++) {
        let text = "";
        for (let count = random.below(14); count > 0; count--) {
          text += pick(pieces);
        }
        const request = { path: `/x?${text}` };
        const mine = query(request);
        // Node's own loses chars that are not ASCII beside what is no percent-encoding.
        const theirs = new URLSearchParams(
          `?${text.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)}`,
        );
        for (let step = 0; step < 4; step++) {
          const names = [...theirs.keys(), ...values];
          const name = pick(names);
          const value = pick([...theirs.values(), ...values]);
          const context = JSON.stringify({ round, path: request.path, name, value });
          expect([...mine], context).toEqual([...theirs]);
          expect([mine.get(name), mine.getAll(name), mine.has(name), mine.has(name, value)], context).toEqual([
            theirs.get(name),
            theirs.getAll(name),
            theirs.has(name),
            theirs.has(name, value),
          ]);
          const { path } = request;
          const before = partsOf(path);
          const call = (["set", "append", "delete", "delete one"] as const)[random.below(4)]!;
          for (const list of [mine, theirs]) {
            if (call === "delete one") {
              list.delete(name, value);
            } else {
              list[call](name, value);
            }
          }
          if (theirs.size === 0 && request.path !== path) {
            expect(request.path, context).toBe("/x");
          }
          const others = (parts: string[]): string[] =>
            parts.filter((part) => !query({ path: `?${part}` }).has(new URLSearchParams({ "": name }).get("")!));
          expect(others(partsOf(request.path)), context).toEqual(others(before));
        }
        expect([...mine]).toEqual([...theirs]);
      }
    },
    30_000 + 5 * rounds,
  );
});

/** What is between the `&`, without empty ones. */
function partsOf(path: string): string[] {
  return path
    .slice(path.indexOf("?") + 1)
    .split("&")
    .filter((part) => part !== "" && path.includes("?"));
}
