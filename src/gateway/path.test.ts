import { describe, expect, it } from "vitest";
import { normalizeTarget, pathOf } from "./path.js";

describe("a request target", () => {
  it.each([
    ["/", "/"],
    ["/a/b?c=d", "/a/b?c=d"],
    ["/a/./b", "/a/b"],
    ["/a/../b", "/b"],
    ["/../../b", "/b"],
    ["/a/b/..", "/a/"],
    ["/a/b/.", "/a/b/"],
    ["/a/.hidden/..b", "/a/.hidden/..b"],
    ["//a///b//", "/a/b/"],
    // Dots before slashes, as Envoy does.
    ["/a//../b", "/a/b"],
    ["/a%2Fb%2fc", "/a/b/c"],
    ["/a%5Cb%5cc\\d", "/a/b/c/d"],
    ["/public/%2e%2E/admin", "/admin"],
    ["/public/%2e%2e%2fadmin", "/admin"],
    ["/public\\..\\admin", "/admin"],
    ["/%61%7Eb%20c", "/a~b%20c"],
    // Decoded once: a second decoding is the upstream's own affair.
    ["/%252e%252e/a", "/%252e%252e/a"],
    // A stray percent must not make up an escape that was dealt with already.
    ["/a%%32f..%%32fadmin", "/a%252f..%252fadmin"],
    ["/100%", "/100%25"],
    ["/caf\xc3\xa9", "/caf%C3%A9"],
    ["/a?x=/../%2F//", "/a?x=/../%2F//"],
    ["/a/../b?x=/../", "/b?x=/../"],
  ])("%s becomes %s", (target, normal) => {
    expect(normalizeTarget(target)).toBe(normal);
  });

  it.each(["", "a", "*", "?a", "/a#b", "/a?b#c", "/a/../b?c#d", "/a%00b", "%2Fa#"])("%s is refused", (target) => {
    expect(normalizeTarget(target)).toBeUndefined();
  });

  it("is normal once it was normalised", () => {
    for (const target of ["/a/./b//c%2Fd/..%2e/%7e", "/x%5c..%2f..//y?z=%2F", "/%%32e%%32e/a"]) {
      const once = normalizeTarget(target)!;
      expect(normalizeTarget(once)).toBe(once);
    }
  });

  it("has a path without its query", () => {
    expect(pathOf("/a?b?c")).toBe("/a");
    expect(pathOf("/a")).toBe("/a");
  });
});
