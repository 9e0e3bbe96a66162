import { describe, expect, it } from "vitest";
import { checkRoutes } from "./route-problems.js";
import { parseYamlSource } from "./yaml-source.js";

/** The problems of routes, one a line, as `line: message`. */
function problemsOf(routes: readonly string[], environment: Record<string, string> = {}): string[] {
  const source = parseYamlSource(["routes:", ...routes.map((route) => `  - ${route}`)].join("\n"), environment);
  return checkRoutes(source).map(({ line, message }) => `${String(line)}: ${message}`);
}

const pathProblem = (path: string) => problemsOf([`match: { pathPrefix: ${JSON.stringify(path)} }`]);

describe("the path of a route", () => {
  it.each([
    ["/%61dmin", "/admin"],
    ["/a//b", "/a/b"],
    ["/a/./b", "/a/b"],
    ["/a/..;x/b", "/b"],
    ["/a\\b", "/a/b"],
    ["/a%2fb", "/a/b"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/%3a", "/%3A"],
    ["/café", "/caf%C3%A9"],
    ["/a b", "/a%20b"],
    ["/a{b}", "/a%7Bb%7D"],
    ["/100%", "/100%25"],
  ])("is refused as %s, with what to write", (path, normal) => {
    expect(pathProblem(path)).toEqual([
      `2: expected a path in normal form, got ${JSON.stringify(path)}, which no request has after normalisation: write ${JSON.stringify(normal)}`,
    ]);
  });

  it.each(["//", "/a/%2e%2e;/b", "/a/..%3B", "/a%00b"])("is refused as %s, of which there are no requests", (path) => {
    expect(pathProblem(path)).toEqual([
      `2: expected a path that is not refused, got ${JSON.stringify(path)}, which no request has after normalisation`,
    ]);
  });

  it.each(["/", "/a", "/a/", "/a;b=c/d", "/caf%C3%A9", "/%25", "/a:b@c!$&'()*+,=", "/.well-known/x"])(
    "may be %s",
    (path) => {
      expect(pathProblem(path)).toEqual([]);
    },
  );

  it("is not shown where it came from the environment", () => {
    expect(problemsOf(['match: { path: "/${WHERE}" }'], { WHERE: "%68idden" }).join()).not.toMatch(/%68idden/);
  });
});

describe("two routes", () => {
  it.each([
    ["for everything", "name: a", "name: b", "which takes every request"],
    ["with the same path", "{ name: a, match: { path: /x } }", "match: { path: /x }", "which takes every request"],
    ["with a prefix of / and none", "{ name: a, match: { pathPrefix: / } }", "match: {}", "which takes every request"],
    [
      "with hosts that differ in case and final dot",
      "{ name: a, match: { host: A.test } }",
      "match: { host: a.test. }",
      "which takes every request",
    ],
    [
      "with a method in common",
      "{ name: a, match: { pathPrefix: /x, methods: [GET, POST, PUT] } }",
      "match: { pathPrefix: /x, methods: [POST, DELETE, GET] }",
      "which takes POST, GET",
    ],
    [
      "of which one refuses the methods that the other is for",
      "{ name: a, match: { pathPrefix: /x, methods: [GET], otherMethods: refuse } }",
      "match: { pathPrefix: /x }",
      "and one of the two refuses otherMethods, which the other is for",
    ],
  ])("%s are refused with the lines of both", (_what, first, second, why) => {
    const problems = problemsOf([first, "match: { path: /between }", second]);
    expect(problems).toEqual([`4: expected a match that no other route has, got that of "a" (line 2), ${why}`]);
  });

  it("may have the same host and path for methods of their own, and one for the rest", () => {
    expect(
      problemsOf([
        "match: { pathPrefix: /x, methods: [GET] }",
        "match: { pathPrefix: /x, methods: [PUT] }",
        "match: { pathPrefix: /x }",
        "match: { path: /x }",
        "match: { pathPrefix: /x/ }",
        "match: { host: a.test, pathPrefix: /x }",
        'match: { host: "*.a.test", pathPrefix: /x }',
      ]),
    ).toEqual([]);
  });

  it("are not compared where the schema refuses their form", () => {
    expect(problemsOf(["match: { host: 1 }", "match: []", "match: 5", "match: { host: 'a b' }"])).toEqual([]);
  });
});
