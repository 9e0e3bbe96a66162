import { describe, expect, it } from "vitest";
import { authorityPattern, parseHost } from "./addresses.js";

describe("the host of a route", () => {
  it.each([
    ["example.com", "example.com"],
    ["EXAMPLE.com", "example.com"],
    ["example.com.", "example.com"],
    ["*.Example.com", "*.example.com"],
    ["a_b.test", "a_b.test"],
    ["bücher.test", "xn--bcher-kva.test"],
    ["127.0.0.1", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["[0:0:0:0:0:0:0:1]", "[::1]"],
  ])("%s is %s", (value, host) => {
    expect(parseHost(value)).toBe(host);
  });

  it.each([
    "",
    ".",
    "*.",
    "*",
    "a..b",
    ".a",
    "a..",
    "a:80",
    "a/b",
    "u@a",
    "a b",
    "a!b",
    "%61.test",
    // Requests have it in no such form.
    "127.1",
    "0x7f.0.0.1",
    "[::1",
    "::1",
    80,
  ])("must not be %s", (value) => {
    expect(parseHost(value)).toBeUndefined();
  });
});

describe("the host of a request", () => {
  it("is judged in a time that grows no faster than it is long", () => {
    const pattern = new RegExp(`^${authorityPattern}$`);
    expect(pattern.test(`${"a.".repeat(100_000)}!`)).toBe(false);
    expect(pattern.test(`[${":".repeat(100_000)}!`)).toBe(false);
  });
});
