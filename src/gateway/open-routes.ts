/** Starts what a configuration's routes need: upstreams, policies, chains. */
import { LogLevel } from "../abi/constants.js";
import type { GatewayConfig, LogLevelName, PolicyUse, RouteConfig } from "../config/types.js";
import { createChain } from "../host/chain/chain.js";
import type { ChainReports } from "../host/chain/chain-options.js";
import { systemClock } from "../host/clock.js";
import type { LogRecord } from "../host/log-record.js";
import type { RunningPolicy } from "../host/policy-runtime.js";
import type { SharedServices } from "../host/shared/shared-services.js";
import { loadPolicy } from "../loading/load-policy.js";
import type { LoadedPolicy } from "../loading/loaded-policy.js";
import { type ActiveRoute, RouteTable } from "./route-table.js";
import { SocketUpstreams } from "./upstreams.js";

export interface RouteOptions {
  /** Policies by the absolute path of their source or module; one that is missing here is loaded. */
  policies?: ReadonlyMap<string, LoadedPolicy>;
  /** A line of a policy's log. */
  onPolicyLog?(level: LogLevel, record: LogRecord): void;
  reports?: ChainReports;
}

/** `shared` outlives the routes. Throws what compiling or starting a policy throws; nothing stays open then. */
export async function openRoutes(
  config: GatewayConfig,
  shared: SharedServices,
  options: RouteOptions,
): Promise<RouteTable> {
  const policies = await loadAll(config, options.policies);
  const upstreams = new SocketUpstreams(config.upstreams);
  const started: RunningPolicy[] = [];
  const release = async () => {
    await Promise.all(started.map((policy) => policy.close()));
    await upstreams.close();
  };
  const start = (use: PolicyUse, { name, limits }: RouteConfig) => {
    const surroundings = { name, limits, upstreams: config.upstreams, metrics: config.metrics };
    const policy = policies.get(use.file)!.start(use, surroundings, {
      name: use.name,
      ...(use.rootId !== undefined && { rootId: use.rootId }),
      clock: systemClock,
      upstreams,
      shared,
      logLevel: logLevels[config.log.level],
      onLog: (level, record) => {
        options.onPolicyLog?.(level, record);
      },
      callBodyBytes: limits.bodyBytes,
    });
    started.push(policy);
    return policy;
  };
  try {
    const routes = config.routes.map(
      (route): ActiveRoute => ({
        config: route,
        chain: createChain(
          route.policies.map((use) => start(use, route)),
          {
            clock: systemClock,
            upstreams,
            ...(options.reports === undefined ? undefined : { reports: options.reports }),
          },
        ),
      }),
    );
    return new RouteTable(routes, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function loadAll(
  config: GatewayConfig,
  given: ReadonlyMap<string, LoadedPolicy> | undefined,
): Promise<ReadonlyMap<string, LoadedPolicy>> {
  const loaded = new Map(given);
  for (const { file } of config.routes.flatMap((route) => route.policies)) {
    if (!loaded.has(file)) {
      loaded.set(file, await loadPolicy(file));
    }
  }
  return loaded;
}

const logLevels: Readonly<Record<LogLevelName, LogLevel>> = {
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warn: LogLevel.Warn,
  error: LogLevel.Error,
};
