/** One bootstrap for many chains: Envoy takes longer to start than cases take to run. */
import { originCluster } from "../../abi/cluster-name.js";
import type { GatewayConfig } from "../../config/types.js";
import { envoyBootstrap } from "../../envoy/bootstrap.js";
import type { PolicyModules } from "../../envoy/compile-modules.js";
import { type Json, typed } from "../../envoy/json.js";
import { singleRouteConfig } from "../../gateway/single-route.js";
import type { EngineSetup, ServerTls } from "../engine.js";
import { callbackMilliseconds } from "./sockets.js";

interface Bootstrap {
  static_resources: { listeners: Listener[]; clusters: Json[] };
}

interface Listener {
  filter_chains: FilterChain[];
}

interface FilterChain {
  filters: { typed_config: Json & { http_filters: HttpFilter[] } }[];
  transport_socket?: Json;
}

interface HttpFilter {
  typed_config: { config?: { vm_config: { vm_id: string } } };
}

export interface BootstrapOptions {
  modules: PolicyModules;
  /** The limit of a gathered body where a setup has none. */
  bodyBytes: number;
  /** Each setup has instances of its modules to itself. */
  ownInstances: boolean;
}

/** The name of the listener of the setup at this place. */
export function listenerName(setup: number): string {
  return `setup-${setup}`;
}

/**
 * A listener for each setup, and a cluster for each of its backends. What they are like is `envoyBootstrap`'s to say.
 */
export function bootstrapOf(
  setups: readonly EngineSetup[],
  { modules, bodyBytes, ownInstances }: BootstrapOptions,
): Json {
  const parts = setups.map(
    (setup, index) =>
      // No upstream has TLS.
      envoyBootstrap(gatewayConfig(setup, listenerName(index), bodyBytes, setups.length === 1), {
        modules,
        caFile: "",
      }) as unknown as Bootstrap,
  );
  return {
    static_resources: {
      listeners: parts.flatMap(({ static_resources: { listeners } }, index) =>
        listeners.map((listener) => ({
          ...encrypted(
            ownInstances ? apart(impatient(listener), listenerName(index)) : impatient(listener),
            setups[index]!.tls,
          ),
          name: listenerName(index),
        })),
      ),
      clusters: parts.flatMap(({ static_resources: { clusters } }) => clusters),
    },
  };
}

/**
 * @param name Of the route. Envoy has one root context for all plugins of one name and configuration: setups share none.
 * @param alone No other setup has services of the same names.
 */
function gatewayConfig(
  { policies, upstream, services, bodyBytes }: EngineSetup,
  name: string,
  defaultBodyBytes: number,
  alone: boolean,
): GatewayConfig {
  const config = singleRouteConfig({
    upstream,
    upstreams: services,
    policies: policies.map(({ file, ...use }) => ({ ...use, use: file })),
    limits: { callbackMilliseconds, bodyBytes: bodyBytes ?? defaultBodyBytes },
    requestTrailers: "pass",
  });
  // Every backend has a port of its own, and by that a name that no other setup has.
  return {
    ...config,
    upstreams: {
      ...(alone && config.upstreams),
      ...Object.fromEntries(Object.values(config.upstreams).map((each) => [originCluster(each.url)!, each])),
    },
    routes: config.routes.map((route) => ({ ...route, name, upstream: originCluster(upstream)! })),
  };
}

/** With TLS, where there is a certificate; clients may have one, too. */
function encrypted(listener: Listener, tls: ServerTls | undefined): Listener {
  if (tls === undefined) {
    return listener;
  }
  const transport_socket = {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", {
      common_tls_context: {
        tls_certificates: [
          { certificate_chain: { inline_string: tls.certificate }, private_key: { inline_string: tls.key } },
        ],
        validation_context: { trusted_ca: { inline_string: tls.ca } },
      },
    }),
  };
  return { ...listener, filter_chains: listener.filter_chains.map((chain) => ({ ...chain, transport_socket })) };
}

/** After an early answer Envoy lingers for clients that still send: in a test nobody reads that slowly. */
function impatient(listener: Listener): Listener {
  return {
    ...listener,
    filter_chains: listener.filter_chains.map((chain) => ({
      ...chain,
      filters: chain.filters.map((filter) => ({
        ...filter,
        typed_config: { ...filter.typed_config, delayed_close_timeout: "0.05s" },
      })),
    })),
  };
}

/** Envoy shares an instance among all plugins that have its module and its id. */
function apart(listener: Listener, name: string): Listener {
  const own = ({ typed_config, ...filter }: HttpFilter): HttpFilter => {
    const { config } = typed_config;
    if (config === undefined) {
      return { ...filter, typed_config };
    }
    return {
      ...filter,
      typed_config: {
        ...typed_config,
        config: { ...config, vm_config: { ...config.vm_config, vm_id: `${name}.${config.vm_config.vm_id}` } },
      },
    };
  };
  return {
    ...listener,
    filter_chains: listener.filter_chains.map((chain) => ({
      ...chain,
      filters: chain.filters.map((filter) => ({
        ...filter,
        typed_config: { ...filter.typed_config, http_filters: filter.typed_config.http_filters.map(own) },
      })),
    })),
  };
}
