/** The embedded gateway: a listener, and the routes that new exchanges take. */
import type { AddressInfo } from "node:net";
import type { GatewayConfig, ListenerConfig } from "../config/types.js";
import { SluiceError } from "../errors.js";
import { SharedServices } from "../host/shared/shared-services.js";
import { isError, textOf } from "../thrown.js";
import type { AccessLog } from "./access-log.js";
import { formatAddress } from "./addresses.js";
import type { RefusedConnections } from "./connection-limits.js";
import { Listener } from "./listener.js";
import { openRoutes, type RouteOptions } from "./open-routes.js";
import { type SingleRoute, singleRouteConfig } from "./single-route.js";

export interface GatewayOptions extends RouteOptions {
  /** Called once for every request when it is over. */
  accessLog?: AccessLog;
  /** Whether its entries tell what each policy decided, and the headers. Default false: it costs time. */
  accessLogDetail?: boolean;
  /** Connections were closed at once, since a limit of the listener is reached. Told at most every ten seconds for each limit. */
  onConnectionsRefused?: (refused: RefusedConnections) => void;
  /** A defect of the gateway; the exchange was broken off, the gateway goes on. Default: a process warning. */
  onDefect?: (error: unknown) => void;
}

export interface Gateway extends AsyncDisposable {
  /** `http://<host>:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Counters and gauges of all policies that this gateway has had, by name: `requests_rejected;policy=auth;reason=expired`. */
  readonly metrics: Readonly<Record<string, number>>;
  /**
   * Changes routes, upstreams and policies for the exchanges that begin from now on; those in progress end on the old ones,
   * which are closed with the last of them. The listener stays as it is. When it throws, nothing has changed.
   */
  replace(config: GatewayConfig | SingleRoute, policies?: RouteOptions["policies"]): Promise<void>;
  /**
   * Stops accepting connections, lets the exchanges in progress end for at most `drainMilliseconds`, then breaks them off.
   * Idempotent. Resolves when everything is closed.
   */
  close(): Promise<void>;
}

/**
 * Starts a gateway. Policies are loaded unless `options.policies` has them.
 *
 * @throws SluiceError LISTEN_FAILED, and those of loading and starting a policy; nothing stays open then
 */
export async function startGateway(
  config: GatewayConfig | SingleRoute,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const full = wholeConfig(config);
  const shared = new SharedServices();
  let routes = await openRoutes(full, shared, options);
  const retiring = new Set<Promise<void>>();
  const onDefect = options.onDefect ?? warn;

  const { accessLog, accessLogDetail = false, onConnectionsRefused } = options;
  const listener = new Listener(full.listener, {
    routes: () => routes,
    accessLog,
    accessLogDetail,
    onConnectionsRefused,
    onDefect,
  });
  const address = await listen(listener, full.listener, () => routes.retire());

  const retire = () => {
    const retired = routes
      .retire()
      .catch(onDefect)
      .finally(() => retiring.delete(retired));
    retiring.add(retired);
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    await listener.close();
    retire();
    await Promise.all(retiring);
  };

  return {
    url: `http://${formatAddress(address.address, address.port)}`,
    port: address.port,
    get metrics() {
      return Object.fromEntries(shared.metrics.values());
    },
    async replace(next, policies) {
      const opened = await openRoutes(wholeConfig(next), shared, {
        ...options,
        ...(policies === undefined ? undefined : { policies }),
      });
      if (closing !== undefined) {
        await opened.retire();
        return;
      }
      retire();
      routes = opened;
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

async function listen(listener: Listener, config: ListenerConfig, release: () => Promise<void>): Promise<AddressInfo> {
  try {
    return await listener.listen();
  } catch (error) {
    await release();
    const place = `${config.host}:${config.port}`;
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SluiceError("LISTEN_FAILED", `The gateway cannot listen on ${place}: ${reason}.`, { cause: error });
  }
}

function wholeConfig(config: GatewayConfig | SingleRoute): GatewayConfig {
  return "routes" in config ? config : singleRouteConfig(config);
}

function warn(error: unknown): void {
  process.emitWarning(isError(error) ? error : textOf(error));
}
