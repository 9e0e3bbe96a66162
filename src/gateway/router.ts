/** Chooses the route of a request. */
import { compareSpecificity, startsWithSegments } from "../config/route-order.js";
import type { RouteMatch } from "../config/types.js";
import { pathOf } from "./path.js";

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
  /** `.example.com` for `*.example.com`. */
  hostSuffix: string | undefined;
  found: { route: T };
}

/** Chooses among routes: the most specific match wins, whatever the order; among equals the first. */
export class Router<T> {
  readonly #entries: readonly Entry<T>[];
  readonly #needsHost: boolean;

  constructor(routes: readonly { match: RouteMatch; route: T }[]) {
    // sort() is stable: equals stay in their order.
    this.#entries = routes.map(toEntry).sort((a, b) => compareSpecificity(a.match, b.match));
    this.#needsHost = this.#entries.some(({ match }) => match.host !== undefined);
  }

  find(query: RouteQuery): RouteResult<T> {
    const host = this.#needsHost ? hostOf(query.authority) : "";
    let allow: Set<string> | undefined;
    for (const entry of this.#entries) {
      if (matchesHost(entry, host) && matchesPath(entry.match, query.target)) {
        if (entry.methods === undefined || entry.methods.has(query.method)) {
          return entry.found;
        }
        allow ??= new Set();
        for (const method of entry.methods) {
          allow.add(method);
        }
      }
    }
    return { allow: allow === undefined ? [] : [...allow] };
  }
}

function toEntry<T>({ match, route }: { match: RouteMatch; route: T }): Entry<T> {
  return {
    match,
    methods: match.methods === undefined ? undefined : new Set(match.methods),
    hostSuffix: match.host?.startsWith("*.") === true ? match.host.slice(1) : undefined,
    found: { route },
  };
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
