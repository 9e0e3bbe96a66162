import { describe, expect, it } from "vitest";
import { Status } from "../../abi/constants.js";
import { addValue, removeValue, replacement, replaceValue } from "./header-edits.js";

const request = [":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/", "a", "1", "a", "2", "b", "3"];

describe("header edits", () => {
  it("replace all values by one in the first one's place, add at the end, remove all", () => {
    const headers = [...request];
    expect(replaceValue(headers, "A", "9")).toBe(Status.Ok);
    expect(addValue(headers, "b", "4")).toBe(Status.Ok);
    expect(headers.slice(8)).toEqual(["a", "9", "b", "3", "b", "4"]);
    expect(removeValue(headers, "B")).toBe(Status.Ok);
    expect(headers.slice(8)).toEqual(["a", "9"]);
  });

  it("keep pseudo-headers where they are and what they are", () => {
    const headers = [...request];
    expect(replaceValue(headers, ":path", "/new")).toBe(Status.Ok);
    expect(replaceValue(headers, ":path", "")).toBe(Status.BadArgument);
    expect(replaceValue(headers, ":status", "200")).toBe(Status.BadArgument);
    expect(addValue(headers, ":path", "/other")).toBe(Status.BadArgument);
    expect(removeValue(headers, ":path")).toBe(Status.BadArgument);
    expect(headers[7]).toBe("/new");
  });

  it.each(["CONNECT", "GET /", "", "G\u00cbT"])("refuse the method %j", (method) => {
    expect(replaceValue([...request], ":method", method)).toBe(Status.BadArgument);
    expect(replacement(request, [":method", method, ...request.slice(2)])).toBeUndefined();
  });

  it.each(["199", "600", "20", "abc", "101"])("refuse the status %s", (status) => {
    expect(replaceValue([":status", "200"], ":status", status)).toBe(Status.BadArgument);
    expect(replacement([":status", "200"], [":status", status])).toBeUndefined();
  });

  it.each([
    ["a b", "1"],
    ["", "1"],
    ["a", "1\r\nb: 2"],
    ["a", "\0"],
    ["a", "\u0100"],
    ["a:", "1"],
  ])("refuse what would not stand in a message: %j: %j", (name, value) => {
    expect(replaceValue([], name, value)).toBe(Status.BadArgument);
    expect(addValue([], name, value)).toBe(Status.BadArgument);
    expect(replacement([], [name, value])).toBeUndefined();
  });

  it("take bytes above ASCII", () => {
    expect(addValue([], "a", "\x80\xff\t")).toBe(Status.Ok);
  });

  it("replace a whole map, pseudo-headers first and names in lower case", () => {
    expect(replacement([":status", "200", "x", "1"], ["X-New", "1", ":status", "201"])).toEqual([
      ":status",
      "201",
      "x-new",
      "1",
    ]);
  });

  it("refuse a whole map that lacks or repeats pseudo-headers, or has others", () => {
    expect(replacement(request, ["a", "1"])).toBeUndefined();
    expect(replacement([":status", "200"], [":status", "200", ":status", "201"])).toBeUndefined();
    expect(replacement([":status", "200"], [":status", "200", ":path", "/"])).toBeUndefined();
    expect(replacement([], [":status", "200"])).toBeUndefined();
    expect(replacement([], ["a"])).toBeUndefined();
  });
});
