/** A gateway file after validation: defaults filled in, units resolved, paths absolute. */
import type { ExchangeLimits } from "../host/exchange.js";

/** How much is logged. */
export type LogLevelName = "trace" | "debug" | "info" | "warn" | "error";

export interface GatewayConfig {
  listener: ListenerConfig;
  /** By name. */
  upstreams: Readonly<Record<string, UpstreamConfig>>;
  /** The most specific match wins: host, then path, then methods. No two of a file match the same. */
  routes: readonly RouteConfig[];
  log: { level: LogLevelName };
  /** Whether there are metrics of each use of a policy beside those that policies make. Default: there are. */
  metrics: { policies: boolean };
}

export interface ListenerConfig {
  /** Address to listen on. Default 127.0.0.1. */
  host: string;
  /** Default 8080; 0 takes a free one. */
  port: number;
  timeouts: ListenerTimeouts;
  /** How many proxies in front are believed about the client, by x-forwarded-for and its like. Default 0. */
  trustedHops: number;
  limits: ListenerLimits;
  /** Whether policies and upstreams get the trailers of requests. Default drop. */
  requestTrailers: "drop" | "pass";
}

/** How many connections of clients there may be at a time; one more is closed at once. */
export interface ListenerLimits {
  /** Of all clients. Default 10,000. */
  connections: number;
  /** Of one address. Default: as many as of all. */
  connectionsPerClient?: number;
}

/** All in milliseconds. */
export interface ListenerTimeouts {
  /** From the first byte of a request to the end of its head; then 408. Default 15,000. */
  requestHeadersMilliseconds: number;
  /** Without a byte while a request's body is awaited; then 408. Default 30,000. */
  requestBodyIdleMilliseconds: number;
  /** How long an idle connection is kept open. Default 60,000. */
  keepAliveMilliseconds: number;
  /** How long exchanges in progress may take once the gateway was asked to stop. Default 10,000. */
  drainMilliseconds: number;
}

export interface UpstreamConfig {
  /** An origin: scheme (http or https), host and port. */
  url: string;
  /** Milliseconds for a connection to come about, TLS included. Default 5,000. */
  connectTimeoutMilliseconds: number;
}

export interface RouteConfig {
  /** Unique. Default `route-<index>`. */
  name: string;
  match: RouteMatch;
  /** A name in `upstreams`. */
  upstream: string;
  /** Requests pass first to last, responses last to first. */
  policies: readonly PolicyUse[];
  limits: ExchangeLimits;
}

/** What a request must fulfil, all of it; nothing given matches everything. */
export interface RouteMatch {
  /** The host of the request without port, in lower case; `*.example.com` for everything below example.com. */
  host?: string;
  /** The whole path, without query, normalised, with percent-encodings in upper case. Requests may have them in lower case. */
  path?: string;
  /** Beginning of the path, by whole segments: `/api` matches `/api` and `/api/x`, not `/apis`. */
  pathPrefix?: string;
  /** In upper case. */
  methods?: readonly string[];
  /** What becomes of a request with another method: 405, or the next route that matches takes it. Default fallThrough. */
  otherMethods?: "refuse" | "fallThrough";
}

/** One use of a policy in a route. */
export interface PolicyUse {
  /** Absolute path of the policy's source, or of its module (`.wasm`). */
  file: string;
  /** Unique in its route. Default: the file's name without extension, or its folder's where the file is called `policy`. */
  name: string;
  /** Of a module with several root contexts: which one. Default the one without a name. */
  rootId?: string | undefined;
  /** The policy's own configuration; `{}` when the file gives none. */
  config: unknown;
  /** What a failing policy does to an exchange. Default deny. */
  onError: "deny" | "allow";
  /** Whether an upstream may see the beginning of a request that a policy then breaks. Default prevent. */
  partialRequests: "prevent" | "allow";
}
