import { defaultLimits } from "../host/exchange.js";
import type { LocatedPolicy } from "./located-policy.js";
import type { GatewayFileContent } from "./schema.js";
import type { GatewayConfig, ListenerTimeouts, PolicyUse, RouteConfig } from "./types.js";

/** A checked file as the gateway takes it; `policies` by what the file calls them. */
export function resolveConfig(
  content: GatewayFileContent,
  policies: ReadonlyMap<string, LocatedPolicy>,
): GatewayConfig {
  const { listener, upstreams, routes, log, metrics } = content;
  return {
    listener: {
      host: listener.host,
      port: listener.port,
      timeouts: resolveTimeouts(listener.timeouts),
      trustedHops: listener.trustedHops,
      limits: withoutUndefined(listener.limits),
      requestTrailers: listener.requestTrailers,
    },
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, { url, connectTimeout }]) => [
        name,
        { url, connectTimeoutMilliseconds: connectTimeout },
      ]),
    ),
    routes: routes.map((route, index) => resolveRoute(route, index, policies)),
    log,
    metrics,
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

function resolveRoute(route: RouteContent, index: number, located: ReadonlyMap<string, LocatedPolicy>): RouteConfig {
  const taken = new Set(route.policies.flatMap(({ name }) => name ?? []));
  return {
    name: route.name ?? `route-${String(index)}`,
    match: withoutUndefined(route.match),
    upstream: route.upstream,
    policies: route.policies.map(({ use, name, config, ...settings }): PolicyUse => {
      const policy = located.get(use) as LocatedPolicy;
      return { file: policy.file, name: name ?? freeName(policy.name, taken), config: config ?? {}, ...settings };
    }),
    limits: { ...defaultLimits, ...route.limits },
  };
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

/** The same object; a key that the file does not give is not there. */
function withoutUndefined<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
