/** Policy violations: what access logs and analytics are told of a request beyond its status. */
import type * as abi from "../abi/violation.js";

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
 * Reports that a request violates a policy, and reads what was reported. A report changes nothing about the exchange: answer
 * the request as well, where it is to be refused.
 */
export interface Violations {
  /**
   * Reports a violation; `kind` is `violation` unless given. An exchange has one at most: a later report, by whatever policy,
   * replaces it. When the exchange is over a report has no effect.
   */
  report(report?: ViolationReport): void;
  /** What was reported for this exchange so far, by this policy or another one; undefined for nothing. */
  readonly reported: Violation | undefined;
}
