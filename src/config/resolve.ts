import { basename, dirname, extname, resolve } from "node:path";
import type { GatewayFileContent } from "./schema.js";
import type { GatewayConfig, ListenerTimeouts, PolicyUse, RouteConfig, RouteMatch } from "./types.js";

/** A checked file as the gateway takes it; `folder` is where relative paths start. */
export function resolveConfig(content: GatewayFileContent, folder: string): GatewayConfig {
  const { listener, upstreams, routes, log } = content;
  return {
    listener: { host: listener.host, port: listener.port, timeouts: resolveTimeouts(listener.timeouts) },
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, { url, connectTimeout }]) => [name, { url, connectTimeoutMilliseconds: connectTimeout }]),
    ),
    routes: routes.map((route, index) => resolveRoute(route, index, folder)),
    log,
  };
}

function resolveTimeouts(timeouts: GatewayFileContent["listener"]["timeouts"]): ListenerTimeouts {
  return {
    requestHeadersMilliseconds: timeouts.requestHeaders,
    requestBodyIdleMilliseconds: timeouts.requestBodyIdle,
    keepAliveMilliseconds: timeouts.keepAlive,
    drainMilliseconds: timeouts.drain,
  };
}

type RouteContent = GatewayFileContent["routes"][number];

function resolveRoute(route: RouteContent, index: number, folder: string): RouteConfig {
  const taken = new Set(route.policies.flatMap(({ name }) => name ?? []));
  return {
    name: route.name ?? `route-${String(index)}`,
    match: withoutUndefined(route.match),
    upstream: route.upstream,
    policies: route.policies.map(({ use, name, config, ...settings }): PolicyUse => {
      const file = resolve(folder, use);
      return { file, name: name ?? freeName(policyName(file), taken), config: config ?? {}, ...settings };
    }),
    limits: {
      bodyBytes: route.limits.body,
      upstreamResponseMilliseconds: route.limits.upstreamResponse,
      streamIdleMilliseconds: route.limits.streamIdle,
      callbackMilliseconds: route.limits.callbackTime,
      memoryBytes: route.limits.memory,
    },
  };
}

/** The name of a policy that was given none: its file's, or its folder's where the file is called `policy`. */
export function policyName(file: string): string {
  const name = basename(file, extname(file));
  return name === "policy" ? basename(dirname(file)) || name : name;
}

/** A name that no other use in `taken` has: with a number at its end, if need be. It is added to them. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) {
    free = `${name}-${String(count)}`;
  }
  taken.add(free);
  return free;
}

function withoutUndefined(match: RouteContent["match"]): RouteMatch {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined));
}
