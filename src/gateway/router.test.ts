import { describe, expect, it } from "vitest";
import type { RouteMatch } from "../config/types.js";
import { hostOf, Router } from "./router.js";

function find(matches: Record<string, RouteMatch>, target: string, { authority = "example.com", method = "GET" } = {}) {
  const router = new Router(Object.entries(matches).map(([route, match]) => ({ route, match })));
  const found = router.find({ authority, method, target });
  return "route" in found ? found.route : found.allow;
}

describe("a router", () => {
  it("takes a prefix by whole segments", () => {
    const routes = { api: { pathPrefix: "/api" } };
    expect(find(routes, "/api")).toBe("api");
    expect(find(routes, "/api/x")).toBe("api");
    expect(find(routes, "/api?x")).toBe("api");
    expect(find(routes, "/apis")).toEqual([]);
    expect(find(routes, "/")).toEqual([]);
  });

  it("takes a prefix that ends in a slash as it is", () => {
    expect(find({ api: { pathPrefix: "/api/" } }, "/api/x")).toBe("api");
    expect(find({ api: { pathPrefix: "/api/" } }, "/api")).toEqual([]);
  });

  it("takes an exact path whatever the query", () => {
    const routes = { exact: { path: "/a" } };
    expect(find(routes, "/a")).toBe("exact");
    expect(find(routes, "/a?b")).toBe("exact");
    expect(find(routes, "/a/")).toEqual([]);
    expect(find(routes, "/ab")).toEqual([]);
  });

  it("prefers the more specific path, whatever the order", () => {
    const routes = { all: {}, short: { pathPrefix: "/a" }, long: { pathPrefix: "/a/b" }, exact: { path: "/a/b/c" } };
    expect(find(routes, "/a/b/c")).toBe("exact");
    expect(find(routes, "/a/b/d")).toBe("long");
    expect(find(routes, "/a/c")).toBe("short");
    expect(find(routes, "/b")).toBe("all");
  });

  it("prefers the more specific host over the more specific path", () => {
    const routes = {
      path: { path: "/a" },
      wide: { host: "*.example.com" },
      narrow: { host: "*.eu.example.com" },
      exact: { host: "x.eu.example.com" },
    };
    expect(find(routes, "/a", { authority: "x.eu.example.com" })).toBe("exact");
    expect(find(routes, "/a", { authority: "y.eu.example.com" })).toBe("narrow");
    expect(find(routes, "/a", { authority: "y.example.com" })).toBe("wide");
    expect(find(routes, "/a", { authority: "example.com" })).toBe("path");
  });

  it("compares hosts without case, port and final dot", () => {
    const routes = { exact: { host: "example.com" } };
    expect(find(routes, "/", { authority: "Example.COM:8080" })).toBe("exact");
    expect(find(routes, "/", { authority: "example.com." })).toBe("exact");
    expect(find(routes, "/", { authority: "example.com.evil.org" })).toEqual([]);
    expect(find({ v6: { host: "[::1]" } }, "/", { authority: "[::1]:80" })).toBe("v6");
  });

  it("prefers a route with the method and falls back to one without", () => {
    const routes = { any: { path: "/a" }, post: { path: "/a", methods: ["POST"] } };
    expect(find(routes, "/a", { method: "POST" })).toBe("post");
    expect(find(routes, "/a", { method: "GET" })).toBe("any");
  });

  it("names the methods there are when only the method does not match", () => {
    const routes = {
      get: { path: "/a", methods: ["GET", "HEAD"] },
      put: { pathPrefix: "/a", methods: ["PUT", "GET"] },
    };
    expect(find(routes, "/a", { method: "POST" })).toEqual(["GET", "HEAD", "PUT"]);
  });

  it("gives a method that a route does not take to the next one that matches", () => {
    const routes = { admin: { pathPrefix: "/admin", methods: ["GET"] }, all: {} };
    expect(find(routes, "/admin", { method: "GET" })).toBe("admin");
    expect(find(routes, "/admin", { method: "POST" })).toBe("all");
  });

  it("gives nothing to less specific routes where one refuses other methods", () => {
    const routes: Record<string, RouteMatch> = {
      all: {},
      hostless: { path: "/admin/x", methods: ["POST"] },
      bound: { host: "example.com", pathPrefix: "/admin", methods: ["GET"], otherMethods: "refuse" },
      sibling: { host: "example.com", pathPrefix: "/admin", methods: ["PUT"] },
      other: { host: "example.com", pathPrefix: "/other" },
      below: { host: "example.com", pathPrefix: "/admin/x", methods: ["DELETE"] },
    };
    expect(find(routes, "/admin", { method: "GET" })).toBe("bound");
    expect(find(routes, "/admin", { method: "PUT" })).toBe("sibling");
    expect(find(routes, "/admin/x", { method: "DELETE" })).toBe("below");
    expect(find(routes, "/admin", { method: "POST" })).toEqual(["GET", "PUT"]);
    expect(find(routes, "/admin/x", { method: "POST" })).toEqual(["DELETE", "GET", "PUT"]);
    expect(find(routes, "/x", { method: "POST" })).toBe("all");
    expect(find(routes, "/admin/x", { method: "POST", authority: "b.test" })).toBe("hostless");
  });

  it("takes percent-encodings in either case", () => {
    const routes = { exact: { path: "/caf%C3%A9" }, prefix: { pathPrefix: "/%3A" } };
    expect(find(routes, "/caf%c3%A9?x=%c3")).toBe("exact");
    expect(find(routes, "/%3a/b")).toBe("prefix");
    expect(find(routes, "/%3ab")).toEqual([]);
  });

  it("takes a prefix of / for one that is not given", () => {
    const routes: Record<string, RouteMatch> = {
      all: { pathPrefix: "/" },
      get: { methods: ["GET"], otherMethods: "refuse" },
    };
    expect(find({ get: routes["get"]! }, "/a", { method: "PUT" })).toEqual(["GET"]);
    expect(find(routes, "/a", { method: "GET" })).toBe("get");
  });

  it("takes the first of equals", () => {
    expect(find({ one: { pathPrefix: "/a" }, two: { pathPrefix: "/b" }, three: { pathPrefix: "/a" } }, "/a")).toBe(
      "one",
    );
  });

  it("gives OPTIONS * to a route for every path only", () => {
    expect(find({ path: { pathPrefix: "/a" } }, "*", { method: "OPTIONS" })).toEqual([]);
    expect(find({ all: { pathPrefix: "/" } }, "*", { method: "OPTIONS" })).toBe("all");
  });
});

describe("the host of an authority", () => {
  it.each([
    ["a:80", "a"],
    ["A", "a"],
    ["[::1]", "[::1]"],
    ["[::1]:8080", "[::1]"],
    ["a.", "a"],
    ["a.:80", "a"],
  ])("%s is %s", (authority, host) => {
    expect(hostOf(authority)).toBe(host);
  });
});
