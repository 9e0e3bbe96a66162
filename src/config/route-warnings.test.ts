import { describe, expect, it } from "vitest";
import { defaultLimits } from "../host/exchange.js";
import { routeWarnings } from "./route-warnings.js";
import type { PolicyUse, RouteMatch } from "./types.js";

const auth = { name: "auth" } as PolicyUse;

/** The warnings for routes by their name, as `index: message`. */
function warningsOf(matches: Readonly<Record<string, RouteMatch>>, policies: readonly PolicyUse[] = []): string[] {
  const routes = Object.entries(matches).map(([name, match]) => ({
    name,
    match,
    upstream: "u",
    policies,
    limits: defaultLimits,
  }));
  return routeWarnings(routes).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const admin: RouteMatch = { pathPrefix: "/admin", methods: ["GET"] };

describe("a route with methods", () => {
  it("is warned of where others fall through to a route for every path, with both names and the cure", () => {
    expect(warningsOf({ open: {}, admin }, [auth])).toEqual([
      'routes.1.match.methods: requests for the route "admin" with methods other than GET may go to the route "open", past the policies of "admin": ' +
        "write otherMethods: refuse beside methods to have them answered 405, or otherMethods: fallThrough if that is meant",
    ]);
    expect(warningsOf({ open: {}, admin })).toEqual([expect.not.stringContaining("past the policies")]);
  });

  it.each<[string, Record<string, RouteMatch>, string]>([
    ["a shorter prefix", { open: { pathPrefix: "/" }, admin: { ...admin, path: "/admin/x" } }, "open"],
    ["a route with other methods", { open: { methods: ["GET", "POST"] }, admin }, "open"],
    ["a route without host", { open: { pathPrefix: "/" }, admin: { ...admin, host: "a.test" } }, "open"],
    ["a wider host", { open: { host: "*.test" }, admin: { ...admin, host: "a.test" } }, "open"],
    ["a longer prefix without host", { open: { pathPrefix: "/admin/x" }, admin: { ...admin, host: "a.test" } }, "open"],
    [
      "the most specific of several",
      { all: {}, near: { pathPrefix: "/admin" }, admin: { ...admin, pathPrefix: "/admin/x" } },
      "near",
    ],
  ])("is warned of where they fall through to %s", (_what, matches, next) => {
    expect(warningsOf(matches)).toEqual([expect.stringContaining(`go to the route "${next}"`)]);
  });

  it.each<[string, Record<string, RouteMatch>]>([
    ["nothing takes other methods", { admin, other: { pathPrefix: "/other" } }],
    ["it says that they fall through", { open: {}, admin: { ...admin, otherMethods: "fallThrough" } }],
    ["it refuses them", { open: {}, admin: { ...admin, otherMethods: "refuse" } }],
    ["a route for the same path takes them", { open: {}, admin, rest: { pathPrefix: "/admin" } }],
    [
      "a route for the same path refuses them",
      { open: {}, admin, put: { ...admin, methods: ["PUT"], otherMethods: "refuse" } },
    ],
    ["the wider route takes no others", { open: { methods: ["GET"] }, admin }],
    ["the other route is more specific", { admin, below: { pathPrefix: "/admin/x" } }],
    ["the other route is for another host", { open: { host: "b.test" }, admin: { ...admin, host: "a.test" } }],
  ])("is not where %s", (_what, matches) => {
    expect(warningsOf(matches)).toEqual([]);
  });

  it("shares what it takes with others for the same path", () => {
    expect(warningsOf({ open: {}, admin, put: { pathPrefix: "/admin", methods: ["PUT"] } })).toEqual([
      expect.stringContaining("methods other than GET, PUT may go"),
      expect.stringContaining("methods other than GET, PUT may go"),
    ]);
  });
});
