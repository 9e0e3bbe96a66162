/** The short way to describe a gateway in code: one upstream, one route, some policies. */
import { resolve } from "node:path";
import { readyPolicy } from "../catalogue/catalogue.js";
import { policyInFile } from "../config/located-policy.js";
import type { GatewayConfig, ListenerLimits, ListenerTimeouts, LogLevelName, PolicyUse } from "../config/types.js";
import { defaultLimits, type ExchangeLimits } from "../host/exchange.js";

/** One use of a policy. */
export interface PolicyUseOptions {
  /** Path of the policy's source, or of its module (`.wasm`), from the working directory; or a ready one, `sluice/policies/<name>`. */
  use: string;
  /** Default: the file's name without extension, or its folder's where the file is called `policy`; a ready policy's own. */
  name?: string;
  /** Of a module with several root contexts: which one. Default the one without a name. */
  rootId?: string;
  /** The policy's own configuration. Default `{}`. */
  config?: unknown;
  /** What a failing policy does to an exchange. Default `deny`. */
  onError?: "deny" | "allow";
  /** Whether the upstream may see the beginning of a request that a policy then breaks. Default `prevent`. */
  partialRequests?: "prevent" | "allow";
}

/** A gateway that sends everything to one upstream. */
export interface SingleRoute {
  /** Origin of the upstream, such as `http://127.0.0.1:9000`. */
  upstream: string;
  /** Requests pass first to last, responses last to first; a string is its `use`. Default none. */
  policies?: readonly (string | PolicyUseOptions)[];
  /** Further upstreams for the policies to call: origins by name. The route's own is `upstream`. */
  upstreams?: Readonly<Record<string, string>>;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  timeouts?: Partial<ListenerTimeouts>;
  /** Proxies in front whose x-forwarded-… fields are believed. Default 0. */
  trustedHops?: number;
  connectionLimits?: Partial<ListenerLimits>;
  /** Default `drop`. */
  requestTrailers?: "drop" | "pass";
  limits?: Partial<ExchangeLimits>;
  /** Lines of policies below this level are dropped. Default `info`. */
  logLevel?: LogLevelName;
}

export const defaultTimeouts: ListenerTimeouts = {
  requestHeadersMilliseconds: 15_000,
  requestBodyIdleMilliseconds: 30_000,
  keepAliveMilliseconds: 60_000,
  drainMilliseconds: 10_000,
};

const defaultConnectionLimits: ListenerLimits = { connections: 10_000 };

const connectTimeoutMilliseconds = 5_000;

/** The whole configuration that it stands for. */
export function singleRouteConfig(route: SingleRoute): GatewayConfig {
  const origins = { ...route.upstreams, upstream: route.upstream };
  return {
    listener: {
      host: route.host ?? "127.0.0.1",
      port: route.port ?? 0,
      timeouts: { ...defaultTimeouts, ...route.timeouts },
      trustedHops: route.trustedHops ?? 0,
      limits: { ...defaultConnectionLimits, ...route.connectionLimits },
      requestTrailers: route.requestTrailers ?? "drop",
    },
    upstreams: Object.fromEntries(
      Object.entries(origins).map(([name, url]) => [name, { url, connectTimeoutMilliseconds }]),
    ),
    routes: [
      {
        name: "route-0",
        match: {},
        upstream: "upstream",
        policies: (route.policies ?? []).map(policyUse),
        limits: { ...defaultLimits, ...route.limits },
      },
    ],
    log: { level: route.logLevel ?? "info" },
    metrics: { policies: true },
  };
}

function policyUse(policy: string | PolicyUseOptions): PolicyUse {
  const options = typeof policy === "string" ? { use: policy } : policy;
  const { file, name } = readyPolicy(options.use) ?? policyInFile(resolve(options.use));
  return {
    file,
    name: options.name ?? name,
    rootId: options.rootId,
    config: options.config ?? {},
    onError: options.onError ?? "deny",
    partialRequests: options.partialRequests ?? "prevent",
  };
}
