import { describe, expect, it } from "vitest";
import { normalizeTarget, pathOf, withUpperCaseEscapes } from "./request-path.js";

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
    ["/a/%252e%252e;/b", "/a/%252e%252e;/b"],
    // A stray percent must not make up an escape that was dealt with already.
    ["/a%%32f..%%32fadmin", "/a%252f..%252fadmin"],
    ["/a%%34%31", "/a%2541"],
    ["/a%4%31", "/a%2541"],
    ["/a%2%65/", "/a%252e/"],
    ["/a%%41", "/a%A"],
    ["/100%", "/100%"],
    ["/100%/%g1/%2", "/100%/%g1/%2"],
    ['/a"<>^`{|}', "/a%22%3C%3E%5E%60%7B%7C%7D"],
    // The upstream may see a difference.
    ["/%3a%3A", "/%3a%3A"],
    ["/a?x=/../%2F//", "/a?x=/../%2F//"],
    ['/a?x=/..;/"%', '/a?x=/..;/"%'],
    ["/a/../b?x=/../", "/b?x=/../"],
  ])("%s becomes %s", (target, normal) => {
    expect(normalizeTarget(target)).toBe(normal);
  });

  it.each([
    ["/a/..;/b", "/b"],
    ["/a/..;x=1/b", "/b"],
    ["/a/.;/b", "/a/b"],
    ["/a/b/..;", "/a/"],
    ["/a/..;?b=/..;/c", "/?b=/..;/c"],
    ["/..;/..;/a", "/a"],
    ["/a;x/..;y/b", "/b"],
    ["/a/..;x%2fy/b", "/y/b"],
    ["/a/..;\\b", "/"],
    ["/;/../b", "/b"],
    ["/a/...;/b;c/;", "/a/...;/b;c/;"],
  ])("%s, whose dots have parameters, becomes %s", (target, normal) => {
    expect(normalizeTarget(target)).toBe(normal);
  });

  it.each(["", "a", "*", "?a", "/a#b", "/a?b#c", "/a/../b?c#d", "/a%00b", "%2Fa#", "/caf\xc3\xa9", "/a b", "/a\x7f"])(
    "%s is refused",
    (target) => {
      expect(normalizeTarget(target)).toBeUndefined();
    },
  );

  it.each([
    "/a/%2e%2e;/b",
    "/a/%2E.;/b",
    "/a/.%2e;x=1/b",
    "/a/%2e;",
    "/a\\..;/b",
    "/a%5c..;%5cb",
    "/a/..%3b/b",
    "/a/%2e%3Bx?y",
    "/x/../%2e%2e;/b",
    "/;/b",
    "/a/;x=1/b?c",
    "/a%2f;%2fb",
  ])("%s is refused: servers that drop parameters resolve it", (target) => {
    expect(normalizeTarget(target)).toBeUndefined();
  });

  it.each(["//", "///", "/%2f", "//?a", "/..//"])("%s is refused: most servers take it for /", (target) => {
    expect(normalizeTarget(target)).toBeUndefined();
  });

  it("is normal once it was normalised", () => {
    for (const target of ["/a/./b//c%2Fd/..%2e/%7e", "/x%5c..%2f..//y?z=%2F", "/%%32e%%32e/a", "/%%41%/..;/%2%65"]) {
      const once = normalizeTarget(target)!;
      expect(normalizeTarget(once)).toBe(once);
    }
  });

  it("has a path without its query", () => {
    expect(pathOf("/a?b?c")).toBe("/a");
    expect(pathOf("/a")).toBe("/a");
  });

  it("is compared with percent-encodings in upper case", () => {
    expect(withUpperCaseEscapes("/caf%c3%A9/%3a%/%g1")).toBe("/caf%C3%A9/%3A%/%g1");
  });
});
