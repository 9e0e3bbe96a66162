/** Policy violations on a stream property, where other policies and the host find them. */
import type { Hostcalls } from "../abi/port.js";
import { decodeViolation, encodeViolation, type Violation, violationProperty } from "../abi/violation.js";
import { hideFields } from "../policy/opaque.js";
import type { ViolationReport, Violations } from "../policy/violations.js";

/** The violations of one exchange, as one policy reports and sees them. */
export class ExchangeViolations implements Violations {
  /** The hostcalls, acting on the exchange; undefined when it is over. */
  private readonly host: () => Hostcalls | undefined;
  private readonly policy: string;

  constructor(host: () => Hostcalls | undefined, policy: string) {
    this.host = host;
    this.policy = policy;
  }

  get reported(): Violation | undefined {
    return decodeViolation(this.host()?.getProperty(violationProperty));
  }

  report({ kind = "violation", ...client }: ViolationReport = {}): void {
    this.host()?.setProperty(violationProperty, encodeViolation({ policy: this.policy, kind, ...client }));
  }
}

hideFields(ExchangeViolations);
