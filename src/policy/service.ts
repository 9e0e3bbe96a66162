/** `sluice/service`: what services are made from. Public, so that packages can bring services of their own. */
import { SluiceError } from "../errors.js";
import {
  type ExchangeContext,
  type ExchangePort,
  type InstanceContext,
  type InstancePort,
  ports,
  servicePort,
} from "./service-port.js";
import { PolicyExchangePort, PolicyInstancePort } from "./service-ports.js";

/** What hostcalls answer, and the kinds of metrics, by their names in proxy-wasm. */
export { MetricType, Status } from "../abi/constants.js";
export type { Duration } from "./duration.js";
export { httpCall } from "./http-calls.js";
export type {
  CallReply,
  ExchangeContext,
  ExchangeHostcalls,
  ExchangePort,
  InstanceContext,
  InstanceHostcalls,
  InstancePort,
} from "./service-port.js";
export { type SharedData, sharedData } from "./shared-data.js";

ports.ofInstance = (instance, closed) => new PolicyInstancePort(instance, closed);
ports.ofExchange = (exchange) => new PolicyExchangePort(exchange);

/**
 * The port of the use of a policy that `context` belongs to.
 *
 * @param caller the service's function, for the error: `rateLimit()`
 * @throws SluiceError `SERVICE_CONTEXT` for what is no context, such as a copy of one
 */
export function instancePort(context: InstanceContext, caller: string): InstancePort {
  const port = portOf(context);
  if (port === undefined) {
    const got = context === null ? "null" : typeof context === "object" ? "another object" : typeof context;
    throw new SluiceError(
      "SERVICE_CONTEXT",
      `${caller}: expected the context that configure, a filter or onDone was given, got ${got}. A copy such as { ...context } is none: pass context itself.`,
    );
  }
  return port;
}

function portOf(context: Partial<InstanceContext> | null | undefined): InstancePort | undefined {
  try {
    return context?.[servicePort];
  } catch {
    // What inherits from a context, or is a proxy of one, does not have what contexts hide.
    return undefined;
  }
}

/**
 * The port of the exchange that `context` belongs to.
 *
 * @param caller the service's function, for the error: `setAuthentication()`
 * @throws SluiceError `SERVICE_CONTEXT` for what is no context, and for that of `configure`
 */
export function exchangePort(context: ExchangeContext, caller: string): ExchangePort {
  const port = instancePort(context, caller);
  if (!("exchange" in port)) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      `${caller}: expected the context of a filter or of onDone, got that of configure: there is no exchange yet.`,
    );
  }
  return port as ExchangePort;
}
