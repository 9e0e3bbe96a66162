/** The embedded gateway. */

/** What it tells about exchanges. */
export type { Violation } from "../abi/violation.js";
/** What it is configured with. */
export type {
  GatewayConfig,
  ListenerConfig,
  ListenerLimits,
  ListenerTimeouts,
  LogLevelName,
  PolicyUse,
  RouteConfig,
  RouteMatch,
  UpstreamConfig,
} from "../config/types.js";
export type { ExchangeDetail, PolicyDecision } from "../host/exchange.js";
/** Policies that were loaded elsewhere, e.g. by a watcher: sources and modules. */
export { type CompiledPolicy, compiledPolicy, compilePolicy } from "../loading/compiled-policy.js";
export { loadPolicy } from "../loading/load-policy.js";
export type { LoadedPolicy } from "../loading/loaded-policy.js";
export type { AccessEntry, AccessLog } from "./access-log.js";
export type { RefusedConnections } from "./connection-limits.js";
export { type Gateway, type GatewayOptions, startGateway } from "./gateway.js";
export type { PolicyUseOptions, SingleRoute } from "./single-route.js";
