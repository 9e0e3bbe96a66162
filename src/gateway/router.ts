/** Chooses the route of a request. */
import { pathOf, withUpperCaseEscapes } from "../config/request-path.js";
import { compareSpecificity, samePlace, startsWithSegments } from "../config/route-order.js";
import type { RouteMatch } from "../config/types.js";

/** What a request asks for. */
export interface RouteQuery {
  /** Host and optional port, as the client sent it. */
  authority: string;
  /** In upper case. */
  method: string;
  /** Normalised path with query, or `*`. */
  target: string;
}

/** The route, or the methods that there would be routes for (none: there is no such path). */
export type RouteResult<T> = { route: T } | { allow: readonly string[] };

interface Entry<T> {
  match: RouteMatch;
  methods: ReadonlySet<string> | undefined;
  /** The index of the last entry that may take what this one does not for its method. */
  last: number;
  /** `.example.com` for `*.example.com`. */
  hostSuffix: string | undefined;
  found: { route: T };
}

/** Chooses among routes: the most specific match wins, whatever the order; among equals the first. */
export class Router<T> {
  readonly #entries: readonly Entry<T>[];
  readonly #needsHost: boolean;
  readonly #hasEscapes: boolean;

  constructor(routes: readonly { match: RouteMatch; route: T }[]) {
    // sort() is stable: equals stay in their order.
    const sorted = [...routes].sort((a, b) => compareSpecificity(a.match, b.match));
    this.#entries = sorted.map(({ match, route }) => ({
      match,
      methods: match.methods === undefined ? undefined : new Set(match.methods),
      last:
        match.otherMethods === "refuse"
          ? sorted.findLastIndex((other) => samePlace(other.match, match))
          : Number.POSITIVE_INFINITY,
      hostSuffix: match.host?.startsWith("*.") === true ? match.host.slice(1) : undefined,
      found: { route },
    }));
    this.#needsHost = this.#entries.some(({ match }) => match.host !== undefined);
    this.#hasEscapes = this.#entries.some(({ match }) => (match.path ?? match.pathPrefix)?.includes("%") === true);
  }

  find(query: RouteQuery): RouteResult<T> {
    const host = this.#needsHost ? hostOf(query.authority) : "";
    const target = this.#hasEscapes ? withUpperCaseEscapes(query.target) : query.target;
    let allow: Set<string> | undefined;
    let last = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#entries.length && i <= last; i++) {
      const entry = this.#entries[i]!;
      if (matchesHost(entry, host) && matchesPath(entry.match, target)) {
        if (entry.methods === undefined || entry.methods.has(query.method)) {
          return entry.found;
        }
        allow ??= new Set();
        for (const method of entry.methods) {
          allow.add(method);
        }
        last = Math.min(last, entry.last);
      }
    }
    return { allow: allow === undefined ? [] : [...allow] };
  }
}

function matchesHost(entry: Entry<unknown>, host: string): boolean {
  if (entry.hostSuffix !== undefined) {
    return host.endsWith(entry.hostSuffix) && host.length > entry.hostSuffix.length;
  }
  return entry.match.host === undefined || entry.match.host === host;
}

function matchesPath({ path, pathPrefix }: RouteMatch, target: string): boolean {
  if (path !== undefined) {
    return target.startsWith(path) && (target.length === path.length || pathOf(target) === path);
  }
  // `*` (of OPTIONS *) is about the server as a whole.
  return pathPrefix === undefined || pathPrefix === "/" || startsWithSegments(target, pathPrefix);
}

/** The host of an authority: without port, in lower case, without a final dot. */
export function hostOf(authority: string): string {
  const portAt = authority.endsWith("]") ? -1 : authority.lastIndexOf(":");
  const host = (portAt < 0 ? authority : authority.slice(0, portAt)).toLowerCase();
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
