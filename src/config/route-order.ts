/** How routes stand to one another: the order in which they are asked, and which take the same requests. */
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
  return match.path === undefined ? prefixOf(match).length : Number.MAX_SAFE_INTEGER;
}

/** Whether a path, which may be followed by a query, lies under a prefix, by whole segments. */
export function startsWithSegments(target: string, prefix: string): boolean {
  if (!target.startsWith(prefix)) {
    return false;
  }
  const next = target[prefix.length];
  return next === undefined || next === "/" || next === "?" || prefix.endsWith("/");
}

/** Whether two matches differ in nothing but methods. */
export function samePlace(a: RouteMatch, b: RouteMatch): boolean {
  return a.host === b.host && a.path === b.path && (a.path !== undefined || prefixOf(a) === prefixOf(b));
}

function prefixOf({ pathPrefix = "/" }: RouteMatch): string {
  return pathPrefix;
}

/** Whether every request for the host of `other` is one for the host of `match`. */
export function coversHost(match: RouteMatch, other: RouteMatch): boolean {
  const { host } = match;
  return (
    host === undefined || host === other.host || (host.startsWith("*.") && other.host?.endsWith(host.slice(1)) === true)
  );
}

/** Whether every request for the path of `other` is one for the path of `match`. */
export function coversPath(match: RouteMatch, other: RouteMatch): boolean {
  if (match.path !== undefined) {
    return match.path === other.path;
  }
  return startsWithSegments(other.path ?? prefixOf(other), prefixOf(match));
}
