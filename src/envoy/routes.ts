/** The routes of a gateway file as Envoy's virtual hosts: the same request takes the same route as in the embedded gateway. */
import { repeatableMethods } from "../abi/repeatable-methods.js";
import { noTimeLimit, responseTimeLimit } from "../abi/router-headers.js";
import { authorityPattern } from "../config/addresses.js";
import { compareSpecificity, coversHost, coversPath, samePlace } from "../config/route-order.js";
import type { GatewayConfig, RouteConfig, RouteMatch } from "../config/types.js";
import type { PolicyModules } from "./compile-modules.js";
import { routeFilters } from "./filters.js";
import { type Json, seconds } from "./json.js";
import { routeState } from "./route-state.js";

/** The names of the routes that answer where no route of the file does; no route of a file can be called so. */
export const refusals = {
  badHost: "(400 host)",
  badPath: "(400 path)",
  notFound: "(404)",
  wrongMethod: "(405)",
} as const;

export function routeConfiguration(config: GatewayConfig, modules: PolicyModules): Json {
  // sort() is stable: equals stay in their order.
  const sorted = [...config.routes].sort((a, b) => compareSpecificity(a.match, b.match));
  const hosts = [...new Set(sorted.flatMap(({ match }) => match.host ?? []))];
  // A policy that edits a request has Envoy choose the route again. It was fixed when the request came.
  const fixed = sorted.filter(({ policies }) => policies.length > 0).flatMap(fixedRoutes);
  const virtualHost = (name: string, domains: string[], routes: readonly RouteConfig[]): Json => ({
    name,
    domains,
    // For a retry Envoy keeps what it has sent in the buffer in which filters keep what they have not decided: what they let go would be sent twice.
    request_body_buffer_limit: 0,
    // Only what a client asks for is refused, not what a policy makes of it.
    routes: [...fixed, badHost, badPath, ...matchedRoutes(routes, modules), notFound],
  });
  return {
    name: "sluice",
    ignore_port_in_host_matching: true,
    virtual_hosts: [
      ...hosts.map((host) =>
        virtualHost(
          host,
          [host, `${host}.`],
          sorted.filter(({ match }) => coversHost(match, { host })),
        ),
      ),
      virtualHost(
        "*",
        ["*"],
        sorted.filter(({ match }) => match.host === undefined),
      ),
    ],
  };
}

/** Envoy honours the header by itself for a limit of another kind, not for the one that stands for `limits.upstreamResponse`. */
function fixedRoutes(route: RouteConfig): Json[] {
  const { name } = route;
  const match = { prefix: "/", filter_state: [{ key: routeState.route, string_match: { exact: name } }] };
  return [
    {
      name,
      match: { ...match, headers: [{ name: responseTimeLimit, string_match: { exact: noTimeLimit } }] },
      route: action(route, retry),
    },
    { name, match, route: action(route) },
  ];
}

/** `routes` are sorted, the most specific first; after those for a host and path that refuse other methods comes what does it. */
function matchedRoutes(routes: readonly RouteConfig[], modules: PolicyModules): Json[] {
  const matches = routes.map(({ match }) => match);
  const refusing = matches.map(
    (match) => match.otherMethods === "refuse" && matches.findLastIndex((other) => samePlace(other, match)),
  );
  return [
    ...routes.flatMap((route, index) => [
      matchedRoute(route, modules),
      ...(refusing.includes(index) ? wrongMethods(matches.slice(0, index + 1), route.match) : []),
    ]),
    ...wrongMethods(matches, {}),
  ];
}

function matchedRoute(route: RouteConfig, modules: PolicyModules): Json {
  const { methods } = route.match;
  return {
    name: route.name,
    match: { ...pathMatch(route.match), ...(methods !== undefined && { headers: [methodMatch(methods)] }) },
    route: action(route),
    ...(route.policies.length > 0 && { typed_per_filter_config: routeFilters(route, modules) }),
  };
}

/** As the embedded gateway: a request that can be repeated is sent once more when its connection is lost before the response. */
const retry: Json = {
  retry_on: "reset",
  num_retries: 1,
  retriable_request_headers: [methodMatch(repeatableMethods)],
};

function action({ upstream, limits }: RouteConfig, policy = limitedRetry(limits)): Json {
  return {
    cluster: upstream,
    // No limit for the whole response; the one below is over with the response's head.
    timeout: "0s",
    idle_timeout: seconds(limits.streamIdleMilliseconds),
    retry_policy: policy,
  };
}

/** With Envoy's only limit that runs from the complete request to the response's head. What exceeds it counts as lost. */
function limitedRetry({ upstreamResponseMilliseconds }: RouteConfig["limits"]): Json {
  return { ...retry, per_try_timeout: seconds(upstreamResponseMilliseconds) };
}

function pathMatch({ path, pathPrefix = "/" }: RouteMatch): Json {
  const text = path ?? pathPrefix;
  if (text.includes("%")) {
    const end = path !== undefined ? "" : pathPrefix.endsWith("/") ? ".*" : "(?:/.*)?";
    return { safe_regex: { regex: `${anyCaseOfEscapes(text)}${end}` } };
  }
  if (path !== undefined) {
    return { path };
  }
  return pathPrefix.endsWith("/") ? { prefix: pathPrefix } : { path_separated_prefix: pathPrefix };
}

/** A regular expression for a path. Its percent-encodings are in upper case, those of requests need not be. */
function anyCaseOfEscapes(path: string): string {
  return path
    .replace(/[^A-Za-z0-9%/_~-]/g, "\\$&")
    .replace(
      /%(..)/g,
      (_, digits: string) => `%${digits.replace(/[A-F]/g, (digit) => `[${digit}${digit.toLowerCase()}]`)}`,
    );
}

function methodMatch(methods: readonly string[]): Json {
  const [only, ...others] = methods;
  const match = others.length === 0 ? { exact: only } : { safe_regex: { regex: methods.join("|") } };
  return { name: ":method", string_match: match };
}

/**
 * What answers 405: for every path under that of `place` that has routes for some methods only, one that tells all the methods that
 * any of the routes for it takes. `matches` are sorted, the most specific first.
 */
function wrongMethods(matches: readonly RouteMatch[], place: RouteMatch): Json[] {
  const below = matches.filter((match) => coversPath(place, match));
  const paths = new Map(below.map((match) => [JSON.stringify(pathMatch(match)), match]));
  return [...paths.values()].sort(compareWithoutHost).flatMap((path) => {
    const covering = matches.filter((match) => coversPath(match, path));
    // Where a route takes every method there is no wrong one.
    if (covering.some(({ methods }) => methods === undefined)) {
      return [];
    }
    const allow = [...new Set(covering.flatMap(({ methods }) => methods ?? []))].join(", ");
    return [
      {
        name: refusals.wrongMethod,
        match: pathMatch(path),
        ...answer(405, "No route takes this method here.\n", { allow }),
      },
    ];
  });
}

function compareWithoutHost({ host: _a, ...a }: RouteMatch, { host: _b, ...b }: RouteMatch): number {
  return compareSpecificity(a, b);
}

const badHost: Json = {
  name: refusals.badHost,
  match: {
    prefix: "/",
    headers: [{ name: ":authority", string_match: { safe_regex: { regex: authorityPattern } }, invert_match: true }],
  },
  ...answer(400, "The host is not valid.\n"),
};

/** What the embedded gateway's normalisation refuses, and Envoy's does not. */
const badPath: Json = {
  name: refusals.badPath,
  match: { safe_regex: { regex: "//|.*/(?:\\.\\.?(?:;|%3[Bb])|;[^/]*/).*" } },
  ...answer(400, "The request target is not valid.\n"),
};

const notFound: Json = {
  name: refusals.notFound,
  match: { prefix: "/" },
  ...answer(404, "No route matches this host and path.\n"),
};

function answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Json {
  return {
    direct_response: { status, body: { inline_string: text } },
    response_headers_to_add: Object.entries({ "content-type": "text/plain; charset=utf-8", ...headers }).map(
      ([key, value]) => ({
        header: { key, value },
        append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
      }),
    ),
  };
}
