/** `sluice/service`: what services are made from. Public, so that packages can bring services of their own. */
import { SluiceError } from "../errors.js";
import {
  type ExchangeContext,
  type ExchangePort,
  type InstanceContext,
  type InstancePort,
  servicePort,
} from "./service-port.js";

export type {
  CallReply,
  ExchangeContext,
  ExchangeHostcalls,
  ExchangePort,
  InstanceContext,
  InstanceHostcalls,
  InstancePort,
} from "./service-port.js";

/**
 * The port of the use of a policy that `context` belongs to.
 *
 * @param caller the service's function, for the error: `rateLimit()`
 * @throws SluiceError `SERVICE_CONTEXT` for what is no context, such as a copy of one
 */
export function instancePort(context: InstanceContext, caller: string): InstancePort {
  const port = (context as Partial<InstanceContext> | null | undefined)?.[servicePort];
  if (port === undefined) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      `${caller}: expected the context that configure, a filter or onDone was given. A copy such as { ...context } is none: pass context itself.`,
    );
  }
  return port;
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
