/** What a route may not protect, though it looks so. */
import type { ConfigPath } from "./problems.js";
import { compareSpecificity, coversHost, coversPath, samePlace } from "./route-order.js";
import type { RouteConfig, RouteMatch } from "./types.js";

/** One key of the gateway file that does something which may surprise. */
export interface RouteWarning {
  path: ConfigPath;
  message: string;
}

/** Routes with `methods` past which requests with other methods get to a less specific route, and nobody says that they shall. */
export function routeWarnings(routes: readonly RouteConfig[]): RouteWarning[] {
  return routes.flatMap(({ name, match, policies }, index) => {
    const siblings = routes.filter((other) => samePlace(other.match, match));
    if (match.methods === undefined || siblings.some((other) => saysWhatOthersGet(other.match))) {
      return [];
    }
    const taken = new Set(siblings.flatMap(({ match: { methods = [] } }) => methods));
    const next = [...routes]
      .sort((a, b) => compareSpecificity(a.match, b.match))
      .find((other) => isLessSpecific(other.match, match) && takesOthers(other.match, taken));
    return next === undefined
      ? []
      : [
          {
            path: ["routes", index, "match", "methods"],
            message:
              `requests for the route ${JSON.stringify(name)} with methods other than ${[...taken].join(", ")} may go to the route ${JSON.stringify(next.name)}` +
              `${policies.length === 0 ? "" : `, past the policies of ${JSON.stringify(name)}`}: write otherMethods: refuse beside ` +
              "methods to have them answered 405, or otherMethods: fallThrough if that is meant",
          },
        ];
  });
}

function saysWhatOthersGet({ methods, otherMethods }: RouteMatch): boolean {
  return methods === undefined || otherMethods !== undefined;
}

/** Whether a route comes after another one, and takes some of the requests that are for the other's host and path. */
function isLessSpecific(match: RouteMatch, other: RouteMatch): boolean {
  return (
    !samePlace(match, other) &&
    compareSpecificity({ ...match, methods: [] }, { ...other, methods: [] }) > 0 &&
    coversHost(match, other) &&
    (coversPath(match, other) || coversPath(other, match))
  );
}

function takesOthers({ methods }: RouteMatch, taken: ReadonlySet<string>): boolean {
  return methods?.every((method) => taken.has(method)) !== true;
}
