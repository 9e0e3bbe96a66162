/** One bootstrap for many chains: Envoy takes longer to start than cases take to run. */
import { envoyConfig, type EnvoyUpstream } from "../../../src/envoy/envoy-config.js";
import type { EngineSetup } from "../engine.js";
import { callbackMilliseconds } from "./sockets.js";

type Json = Record<string, unknown>;

interface Bootstrap {
  admin: Json;
  static_resources: { listeners: Listener[]; clusters: Json[] };
}

interface Listener {
  name: string;
  filter_chains: { filters: { typed_config: Json }[] }[];
}

interface HttpFilter {
  /** The router has none. */
  typed_config: { config?: { configuration: { value: string } } };
}

/**
 * A listener for each setup, named by its place, and a cluster for each of its backends. What one listener is like is
 * `envoyConfig`'s to say.
 *
 * @param modules Paths of modules by the files of their policies.
 */
export function bootstrapOf(setups: readonly EngineSetup[], modules: ReadonlyMap<string, string>, bufferLimitBytes: number): Json {
  const parts = setups.map(({ policies, upstream, services, bodyBytes }) => envoyConfig({
    // Every upstream has a port of its own, and by that a name of its own.
    routeUpstream: upstream,
    upstreams: [upstream, ...Object.values(services)].map(upstreamAt),
    policies: policies.map(({ file, ...use }) => ({
      ...use, module: modules.get(file)!, ...(bodyBytes === undefined ? {} : { bodyBytes }),
    })),
    bufferLimitBytes,
  }) as unknown as Bootstrap);
  return {
    admin: parts[0]!.admin,
    static_resources: {
      listeners: parts.map(({ static_resources: { listeners } }, index) => named(listeners[0]!, String(index))),
      clusters: parts.flatMap(({ static_resources: { clusters } }) => clusters),
    },
  };
}

function named(listener: Listener, name: string): Listener {
  for (const { typed_config } of listener.filter_chains.flatMap(({ filters }) => filters)) {
    // After an early answer Envoy lingers for clients that still send: in a test nobody reads that slowly.
    typed_config["delayed_close_timeout"] = "0.05s";
    for (const filter of typed_config["http_filters"] as HttpFilter[]) giveTime(filter);
  }
  return { ...listener, name };
}

function giveTime({ typed_config: { config } }: HttpFilter): void {
  if (config === undefined) return;
  const value = JSON.parse(config.configuration.value) as { sluice: { limits: Json } };
  value.sluice.limits["callbackMilliseconds"] = callbackMilliseconds;
  config.configuration.value = JSON.stringify(value);
}

function upstreamAt(origin: string): EnvoyUpstream {
  const { hostname, port } = new URL(origin);
  return { name: origin, address: hostname, port: Number(port) };
}

interface ListenerStatuses {
  listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
}

/** The ports of the listeners, in the order of the setups. */
export async function listenerPorts(adminPort: number): Promise<number[]> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/listeners?format=json`, { signal: AbortSignal.timeout(2_000) });
  const { listener_statuses: statuses } = (await response.json()) as ListenerStatuses;
  return [...statuses]
    .sort((a, b) => Number(a.name) - Number(b.name))
    .map(({ local_address }) => local_address.socket_address.port_value);
}
