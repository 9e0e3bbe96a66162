/** Log lines: one JSON object each, with the policy, the route and the request it belongs to. */
import { LogLevel } from "../abi/constants.js";
import type { LogFields, Logger } from "../policy/logger.js";
import { hideFields } from "../policy/opaque.js";
import { redact, redactLong } from "../redact.js";
import { textOf } from "../thrown.js";
import type { HostAccess } from "./host-access.js";

/** What a line says about its origin. */
export interface LogOrigin {
  policy: string;
  route?: string | undefined;
  request?: string | undefined;
}

/** Writes lines for one policy or one exchange of it. `origin` is asked for when a line is written. */
export class GuestLogger implements Logger {
  private readonly host: HostAccess;
  private readonly origin: () => LogOrigin;

  constructor(host: HostAccess, origin: () => LogOrigin) {
    this.host = host;
    this.origin = origin;
  }

  trace(message: string, fields?: LogFields): void {
    this.write(LogLevel.Trace, message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.write(LogLevel.Debug, message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.write(LogLevel.Info, message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write(LogLevel.Warn, message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write(LogLevel.Error, message, fields);
  }

  private write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const { calls } = this.host;
    if (level < calls.getLogLevel()) {
      return;
    }
    const line = {
      ...(redact(fields ?? {}) as object),
      ...this.origin(),
      msg: redactLong(textOf(message)),
    };
    calls.log(level, JSON.stringify(line));
  }
}

hideFields(GuestLogger);
