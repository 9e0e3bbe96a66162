/** Starts what a configuration's routes need: upstreams, policies, chains. */
import { LogLevel } from "../abi/constants.js";
import { pluginConfiguration } from "../config/plugin-configuration.js";
import type { GatewayConfig, LogLevelName, PolicyUse, RouteConfig } from "../config/types.js";
import { createChain } from "../host/chain/chain.js";
import type { ChainReports } from "../host/chain/chain-options.js";
import { systemClock } from "../host/clock.js";
import type { LogRecord } from "../host/log-record.js";
import { startNativePolicy } from "../host/native/native-policy.js";
import type { RunningPolicy } from "../host/policy-runtime.js";
import type { SharedServices } from "../host/shared/shared-services.js";
import type { Upstreams } from "../host/upstreams.js";
import { compilePolicy, type CompiledPolicy } from "./compiled-policy.js";
import { RouteTable, type ActiveRoute } from "./route-table.js";
import { SocketUpstreams } from "./upstreams.js";

export interface RouteOptions {
  /** Compiled policies by the absolute path of their source; one that is missing here is compiled. */
  policies?: ReadonlyMap<string, CompiledPolicy>;
  /** A line of a policy's log. */
  onPolicyLog?(level: LogLevel, record: LogRecord): void;
  reports?: ChainReports;
}

/** `shared` outlives the routes. Throws what compiling or starting a policy throws; nothing stays open then. */
export async function openRoutes(config: GatewayConfig, shared: SharedServices, options: RouteOptions): Promise<RouteTable> {
  const compiled = await compileAll(config, options.policies);
  const upstreams = new SocketUpstreams(config.upstreams);
  const started: RunningPolicy[] = [];
  const release = async () => {
    await Promise.all(started.map((policy) => policy.close()));
    await upstreams.close();
  };
  const start = (use: PolicyUse, route: RouteConfig) => {
    const policy = startPolicy(use, route, compiled.get(use.file)!, { upstreams, shared, level: config.log.level }, options);
    started.push(policy);
    return policy;
  };
  try {
    const routes = config.routes.map((route): ActiveRoute => ({
      config: route,
      chain: createChain(route.policies.map((use) => start(use, route)), {
        clock: systemClock, upstreams, ...(options.reports === undefined ? undefined : { reports: options.reports }),
      }),
    }));
    return new RouteTable(routes, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function compileAll(
  config: GatewayConfig, given: ReadonlyMap<string, CompiledPolicy> | undefined,
): Promise<ReadonlyMap<string, CompiledPolicy>> {
  const compiled = new Map(given);
  for (const { file } of config.routes.flatMap((route) => route.policies)) {
    if (!compiled.has(file)) {
      compiled.set(file, await compilePolicy(file));
    }
  }
  return compiled;
}

function startPolicy(
  use: PolicyUse, route: RouteConfig, compiled: CompiledPolicy,
  { upstreams, shared, level }: { upstreams: Upstreams; shared: SharedServices; level: LogLevelName }, options: RouteOptions,
): RunningPolicy {
  return startNativePolicy(compiled.bundle(), {
    name: use.name,
    pluginConfiguration: JSON.parse(pluginConfiguration(use, route)) as object,
    clock: systemClock,
    upstreams,
    shared,
    logLevel: logLevels[level],
    onLog: (lineLevel, record) => {
      options.onPolicyLog?.(lineLevel, record);
    },
    mapStack: (stack) => compiled.mapStack(stack),
    callBodyBytes: route.limits.bodyBytes,
  });
}

const logLevels: Readonly<Record<LogLevelName, LogLevel>> = {
  trace: LogLevel.Trace, debug: LogLevel.Debug, info: LogLevel.Info, warn: LogLevel.Warn, error: LogLevel.Error,
};
