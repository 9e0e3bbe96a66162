/** Which route takes a request where several match: the order in which they are asked. */
import type { RouteMatch } from "./types.js";

/**
 * Compares two matches, the more specific first. An exact host is more specific than a wildcard, a longer wildcard than a
 * shorter, any host than none; then an exact path than a prefix, a longer prefix than a shorter; then a route with methods
 * than one without. 0 for equals.
 */
export function compareSpecificity(a: RouteMatch, b: RouteMatch): number {
  return (
    hostRank(b.host) - hostRank(a.host) ||
    pathRank(b) - pathRank(a) ||
    Number(b.methods !== undefined) - Number(a.methods !== undefined)
  );
}

function hostRank(host: string | undefined): number {
  if (host === undefined) {
    return 0;
  }
  return host.startsWith("*.") ? host.length : Number.MAX_SAFE_INTEGER;
}

function pathRank(match: RouteMatch): number {
  return match.path === undefined ? (match.pathPrefix?.length ?? 0) : Number.MAX_SAFE_INTEGER;
}

/** Whether a path, which may be followed by a query, lies under a prefix, by whole segments. */
export function startsWithSegments(target: string, prefix: string): boolean {
  if (!target.startsWith(prefix)) {
    return false;
  }
  const next = target[prefix.length];
  return next === undefined || next === "/" || next === "?" || prefix.endsWith("/");
}
