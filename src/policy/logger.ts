/** The log of policies. */

/** Writes log lines; each carries policy, route and request id. Values under secret-looking keys are redacted. */
export interface Logger {
  /** What only whoever looks for a defect in the policy wants to know. */
  trace(message: string, fields?: LogFields): void;
  /** Steps of the policy. */
  debug(message: string, fields?: LogFields): void;
  /** What operators want to know; the lowest level that gateways write by default. */
  info(message: string, fields?: LogFields): void;
  /** Something is not as it should be, and the policy goes on. */
  warn(message: string, fields?: LogFields): void;
  /** The policy could not do what it is there for. An error among the fields is shown with its name, message and code. */
  error(message: string, fields?: LogFields): void;
}

/** Structured data of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;
