/**
 * The caller's authentication, handed from policy to policy as JSON in a stream property. Hosts keep such a property for one
 * exchange and show it to every policy of its chain (Envoy: as filter state).
 */
import { Status } from "../../abi/constants.js";
import { SluiceError } from "../../errors.js";
import { type ExchangeContext, type ExchangePort, exchangePort } from "../../policy/service.js";
import type { Authentication, AuthenticationInit, JsonObject } from "./authentication.js";

import { authenticationProperty, decodeAuthentication, encodeAuthentication } from "./property.js";

export type { Authentication, AuthenticationInit, JsonObject, JsonValue } from "./authentication.js";

const cleared = new Uint8Array(0);
/** Exchanges that have been told that they hold something else. */
const warned = new WeakSet<ExchangePort>();

/**
 * Who the caller is, as the last policy said that set it: of this exchange, in either phase. undefined where none has, and
 * where what stands there is not what `setAuthentication` writes (a warning in the log says so). The type of the properties is the
 * caller's claim: validate what you rely on.
 *
 * @throws SluiceError `SERVICE_CONTEXT`
 */
export function getAuthentication<Properties extends object = JsonObject>(
  context: ExchangeContext,
): Authentication<Properties> | undefined {
  const port = exchangePort(context, "getAuthentication()");
  const bytes = port.exchange()?.getProperty(authenticationProperty);
  if (bytes === undefined || bytes.length === 0) {
    return undefined;
  }
  const authentication = decodeAuthentication(bytes);
  if (authentication === undefined && !warned.has(port)) {
    warned.add(port);
    port.logger.warn(
      'AUTHENTICATION_UNREADABLE: the property "authentication" of the exchange is not what setAuthentication() writes.',
    );
  }
  return authentication as Authentication<Properties> | undefined;
}

/**
 * Says who the caller is, for all policies of the exchange. It replaces what was said before; what is given is copied.
 *
 * @example setAuthentication(context, { principal: claims.sub, clientId: claims.azp, properties: { scopes: ["orders"] } })
 * @throws SluiceError `AUTHENTICATION_VALUE` for what JSON cannot hold or is no authentication, `EXCHANGE_OVER`, `SERVICE_CONTEXT`
 */
export function setAuthentication(context: ExchangeContext, authentication: AuthenticationInit): void {
  const port = exchangePort(context, "setAuthentication()");
  write(port, "setAuthentication()", encodeAuthentication(authentication));
}

/**
 * Takes back what was said: `getAuthentication()` gives undefined.
 * @throws SluiceError `EXCHANGE_OVER`, `SERVICE_CONTEXT`
 */
export function clearAuthentication(context: ExchangeContext): void {
  // Hosts cannot remove a property.
  write(exchangePort(context, "clearAuthentication()"), "clearAuthentication()", cleared);
}

function write(port: ExchangePort, call: string, bytes: Uint8Array): void {
  if (port.exchange()?.setProperty(authenticationProperty, bytes) !== Status.Ok) {
    throw new SluiceError("EXCHANGE_OVER", `${call} has no effect any more: the exchange is over.`);
  }
}
