/** Routes that no request can reach. */
import { parseHost } from "./addresses.js";
import type { ConfigPath, FileProblem } from "./problems.js";
import { listAt, property } from "./raw-value.js";
import { samePlace } from "./route-order.js";
import { isPath, routePath } from "./route-path.js";
import type { RouteMatch } from "./types.js";
import type { YamlSource } from "./yaml-source.js";

/**
 * Paths that normalising changes, and routes that match what another route takes already. Works on the file as it is, so that its
 * findings are reported together with those of the schema.
 */
export function checkRoutes(source: YamlSource): FileProblem[] {
  const problems: FileProblem[] = [];
  const report = (path: ConfigPath, message: string) =>
    problems.push({ path, message: source.conceal(message), ...source.locate(path) });
  const routes = listAt(source.value, "routes");

  for (const [index, route] of routes.entries()) {
    for (const key of ["path", "pathPrefix"]) {
      const path = property(property(route, "match"), key);
      const message = typeof path === "string" && isPath(path) ? pathProblem(path) : undefined;
      if (message !== undefined) {
        report(["routes", index, "match", key], message);
      }
    }
  }

  const matches = routes.map((route) => readMatch(property(route, "match") ?? {}));
  for (const [index, match] of matches.entries()) {
    for (const [earlier, other] of matches.slice(0, index).entries()) {
      const conflict = match === undefined || other === undefined ? undefined : conflictOf(other, match);
      if (conflict !== undefined) {
        const name = property(routes[earlier], "name") ?? `route-${String(earlier)}`;
        const { line } = source.locate(["routes", earlier]);
        report(
          property(routes[index], "match") === undefined ? ["routes", index] : ["routes", index, "match"],
          `expected a match that no other route has, got that of ${JSON.stringify(name)} (line ${String(line)}), ${conflict}`,
        );
        break;
      }
    }
  }
  return problems;
}

function pathProblem(path: string): string | undefined {
  const normal = routePath(path);
  if (normal === path) {
    return undefined;
  }
  const got = `got ${JSON.stringify(path)}, which no request has after normalisation`;
  return normal === undefined
    ? `expected a path that is not refused, ${got}`
    : `expected a path in normal form, ${got}: write ${JSON.stringify(normal)}`;
}

/** Why one of two routes never gets a request, or never one with some method. */
function conflictOf(first: RouteMatch, second: RouteMatch): string | undefined {
  if (!samePlace(first, second)) {
    return undefined;
  }
  if (first.methods !== undefined && second.methods !== undefined) {
    const shared = second.methods.filter((method) => first.methods?.includes(method));
    return shared.length === 0 ? undefined : `which takes ${shared.join(", ")}`;
  }
  if (first.methods === undefined && second.methods === undefined) {
    return "which takes every request";
  }
  return first.otherMethods === "refuse" || second.otherMethods === "refuse"
    ? "and one of the two refuses otherMethods, which the other is for"
    : undefined;
}

/** undefined where something is wrong with it, of which the schema tells. */
function readMatch(match: unknown): RouteMatch | undefined {
  const [host, path, pathPrefix] = ["host", "path", "pathPrefix"].map((key) => property(match, key));
  const methods = listAt(match, "methods").filter((method) => typeof method === "string");
  const parsedHost = parseHost(host);
  if ((host !== undefined && parsedHost === undefined) || typeof match !== "object") {
    return undefined;
  }
  return {
    ...(parsedHost !== undefined && { host: parsedHost }),
    ...(typeof path === "string" && { path }),
    ...(typeof pathPrefix === "string" && { pathPrefix }),
    ...(methods.length > 0 && { methods }),
    ...(property(match, "otherMethods") === "refuse" && { otherMethods: "refuse" }),
  };
}
