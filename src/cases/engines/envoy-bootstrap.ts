/** One bootstrap for many chains: Envoy takes longer to start than cases take to run. */
import { originCluster } from "../../abi/cluster-name.js";
import type { GatewayConfig } from "../../config/types.js";
import { envoyBootstrap } from "../../envoy/bootstrap.js";
import type { PolicyModules } from "../../envoy/compile-modules.js";
import { type Json, typed } from "../../envoy/json.js";
import { singleRouteConfig } from "../../gateway/single-route.js";
import type { ExchangeLimits } from "../../host/exchange.js";
import type { EngineSetup, ServerTls } from "../engine.js";

interface Bootstrap {
  static_resources: { listeners: Listener[]; clusters: Json[] };
}

interface Listener {
  filter_chains: FilterChain[];
  connection_balance_config?: Json;
}

interface FilterChain {
  /** Only the connection manager has filters of its own. */
  filters: { typed_config: Json & { http_filters?: HttpFilter[] } }[];
  transport_socket?: Json;
}

interface HttpFilter {
  typed_config: { config?: { vm_config: { vm_id: string } }; filter_name?: string };
}

export interface BootstrapOptions {
  modules: PolicyModules;
  /** What holds where a setup says nothing. */
  limits: Partial<ExchangeLimits>;
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
export function bootstrapOf(setups: readonly EngineSetup[], { modules, limits, ownInstances }: BootstrapOptions): Json {
  const parts = setups.map(
    (setup, index) =>
      // No upstream has TLS.
      envoyBootstrap(gatewayConfig(setup, listenerName(index), limits, setups.length === 1), {
        modules,
        caFile: "",
      }) as unknown as Bootstrap,
  );
  return {
    static_resources: {
      listeners: parts.flatMap(({ static_resources: { listeners } }, index) =>
        listeners.map((listener) => ({
          ...encrypted(
            ownInstances ? apart(prepared(listener), listenerName(index)) : prepared(listener),
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
  { policies, upstream, services, limits }: EngineSetup,
  name: string,
  defaults: Partial<ExchangeLimits>,
  alone: boolean,
): GatewayConfig {
  const config = singleRouteConfig({
    upstream,
    upstreams: services,
    policies: policies.map(({ file, ...use }) => ({ ...use, use: file })),
    limits: { ...defaults, ...limits },
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

/**
 * After an early answer Envoy lingers for clients that still send, and what they have not read by then is lost with the connection: a
 * machine that is busy takes longer than the usual second. Each new connection goes to the worker that has the fewest, not to
 * whichever is awake first.
 */
function prepared(listener: Listener): Listener {
  return {
    ...withManager(listener, () => ({ delayed_close_timeout: "10s" })),
    connection_balance_config: { exact_balance: {} },
  };
}

/** Envoy shares an instance among all plugins that have its module and its id. */
function apart(listener: Listener, name: string): Listener {
  const own = ({ typed_config, ...filter }: HttpFilter): HttpFilter => {
    const { config, filter_name: native } = typed_config;
    if (config === undefined) {
      return { ...filter, typed_config: { ...typed_config, ...(native !== undefined && ownVm(native, name)) } };
    }
    return {
      ...filter,
      typed_config: {
        ...typed_config,
        config: { ...config, vm_config: { ...config.vm_config, vm_id: `${name}.${config.vm_config.vm_id}` } },
      },
    };
  };
  return withManager(listener, (filters) => ({ http_filters: filters.map(own) }));
}

/** In what `nativeFilter` writes. */
function ownVm(filterName: string, name: string): Pick<HttpFilter["typed_config"], "filter_name"> {
  return { filter_name: filterName.replace(" ", ` ${name}.`) };
}

/** The listener with some settings of its connection manager changed. */
function withManager(listener: Listener, change: (filters: HttpFilter[]) => Json): Listener {
  return {
    ...listener,
    filter_chains: listener.filter_chains.map((chain) => ({
      ...chain,
      filters: chain.filters.map(({ typed_config, ...filter }) => ({
        ...filter,
        typed_config:
          typed_config.http_filters === undefined
            ? typed_config
            : { ...typed_config, ...change(typed_config.http_filters) },
      })),
    })),
  };
}
