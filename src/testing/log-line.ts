/** Lines of policies' logs. */
import { LogLevel } from "../abi/constants.js";
import type { LogRecord } from "../host/log-record.js";

/** One line that a policy wrote, with the fields it gave. */
export interface LogLine {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "critical";
  /** The name of the use of the policy. */
  readonly policy: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

const names: Readonly<Record<LogLevel, LogLine["level"]>> = {
  [LogLevel.Trace]: "trace",
  [LogLevel.Debug]: "debug",
  [LogLevel.Info]: "info",
  [LogLevel.Warn]: "warn",
  [LogLevel.Error]: "error",
  [LogLevel.Critical]: "critical",
};

/** A line as tests see it. */
export function logLine(level: LogLevel, { msg, policy, ...fields }: LogRecord): LogLine {
  return { ...fields, level: names[level], policy, message: msg };
}
