/** Policy violations on a stream property, where other policies and the host find them: access logs and analytics. */
import * as abi from "../../abi/violation.js";
import { type ExchangeContext, exchangePort } from "../../policy/service.js";

/** A violation as it was reported: by which use of a policy, of what kind, and by which client application. */
export type Violation = abi.Violation;

/** What a policy may say of a violation. */
export interface ViolationReport {
  /** `violation` (default): the request breaks the policy's rule. `error`: the policy could not tell. */
  readonly kind?: "violation" | "error";
  /** The name of the client application that sent the request, if it is known. */
  readonly clientName?: string | undefined;
  /** The id of that application, if it is known. */
  readonly clientId?: string | undefined;
}

/**
 * Reports that the request violates this policy; `kind` is `violation` unless given. It changes nothing about the exchange: answer the
 * request as well, where it is to be refused. An exchange has one violation at most: a later report, by whatever policy, replaces it.
 * When the exchange is over a report has no effect.
 *
 * @throws SluiceError `SERVICE_CONTEXT`
 */
export function reportViolation(
  context: ExchangeContext,
  { kind = "violation", ...client }: ViolationReport = {},
): void {
  const port = exchangePort(context, "reportViolation()");
  port.exchange()?.setProperty(abi.violationProperty, abi.encodeViolation({ policy: port.policy, kind, ...client }));
}

/**
 * What was reported for this exchange so far, by this policy or another one; undefined for nothing.
 * @throws SluiceError `SERVICE_CONTEXT`
 */
export function reportedViolation(context: ExchangeContext): Violation | undefined {
  return abi.decodeViolation(
    exchangePort(context, "reportedViolation()").exchange()?.getProperty(abi.violationProperty),
  );
}
