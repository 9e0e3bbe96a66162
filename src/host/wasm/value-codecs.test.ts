import { describe, expect, it } from "vitest";
import { decodeHeaders, decodePath, encodeHeaders } from "./value-codecs.js";

describe("header lists", () => {
  it.each([
    ["none", []],
    ["one", ["a", "1"]],
    [
      "repeated, empty and all bytes",
      ["a", "", "", "1", "a", String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))],
    ],
  ])("are the same again: %s", (_what, headers) => {
    expect(decodeHeaders(Buffer.from(encodeHeaders(headers)))).toEqual(headers);
  });

  it("have the layout of proxy-wasm", () => {
    expect([...encodeHeaders(["ab", "c"])]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0x61, 0x62, 0, 0x63, 0]);
  });

  it("are refused at every truncation", () => {
    const bytes = Buffer.from(encodeHeaders(["name", "value", "other", "x"]));
    for (let length = 1; length < bytes.length; length++) {
      expect(decodeHeaders(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  it.each([
    ["a count beyond the bytes", [255, 255, 255, 255]],
    ["a count beyond what a head can have", [0, 16, 0, 0, ...new Array<number>(60_000).fill(0)]],
    ["a length beyond the bytes", [1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0]],
    ["no zero byte behind a text", [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x61, 0x62, 0]],
    ["bytes behind the last text", [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x61, 0, 0, 9]],
  ])("are refused with %s", (_what, bytes) => {
    expect(decodeHeaders(Buffer.from(bytes))).toBeUndefined();
  });
});

describe("property paths", () => {
  it("are split at zero bytes, with or without one at the end", () => {
    expect(decodePath(Buffer.from("request\0path"))).toEqual(["request", "path"]);
    expect(decodePath(Buffer.from("request\0path\0"))).toEqual(["request", "path"]);
    expect(decodePath(Buffer.from("one"))).toEqual(["one"]);
  });
});
