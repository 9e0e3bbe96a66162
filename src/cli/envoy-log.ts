/** What an Envoy writes, as lines of the log that look like the embedded gateway's. */
import type { Logger } from "pino";
import { LogLevel } from "../abi/constants.js";
import { parseViolation } from "../abi/violation.js";
import type { EnvoyLevel } from "../envoy/envoy-log.js";
import { refusals } from "../envoy/routes.js";
import type { EnvoyOptions } from "../envoy/run-envoy.js";
import { type LogRecord, parseLogLine } from "../host/log-record.js";
import { redact, redactText } from "../redact.js";
import { reportsTo } from "./gateway-log.js";

const levels: Readonly<
  Record<EnvoyLevel, { policy: LogLevel; method: "trace" | "debug" | "info" | "warn" | "error" | "fatal" }>
> = {
  trace: { policy: LogLevel.Trace, method: "trace" },
  debug: { policy: LogLevel.Debug, method: "debug" },
  info: { policy: LogLevel.Info, method: "info" },
  warning: { policy: LogLevel.Warn, method: "warn" },
  error: { policy: LogLevel.Error, method: "error" },
  critical: { policy: LogLevel.Critical, method: "fatal" },
};

/** Lines of policies, with their names; Envoy's own, as component `envoy`; one line for each exchange. */
export function envoyLogTo(logger: Logger): Required<Pick<EnvoyOptions, "onLine" | "onAccess">> {
  const { onPolicyLog } = reportsTo(logger);
  return {
    onLine({ level, component, message, policy }) {
      if (policy !== undefined) {
        onPolicyLog?.(levels[level].policy, redact(parseLogLine(policy.name, policy.line)) as LogRecord);
      } else if (!message.startsWith(knowsNoLimit)) {
        logger[levels[level].method]({ component: "envoy", part: component }, redactText(message));
      }
    },
    onAccess(line) {
      logger.info(accessFields(line), "exchange");
    },
  };
}

/** Envoy warns so at each start: it does not count the `connection_limit` filter, which `listener.limits.connections` becomes. */
const knowsNoLimit = "There is no configured limit to the number of allowed active downstream connections.";

const refusalDetails: Readonly<Record<string, string>> = {
  [refusals.badHost]: "bad_host",
  [refusals.badPath]: "bad_path",
  [refusals.notFound]: "route_not_found",
  [refusals.wrongMethod]: "method_not_allowed",
};

function accessFields(line: string): Record<string, unknown> {
  const { msg: _msg, time: _time, ...entry } = JSON.parse(line) as Record<string, unknown>;
  // What Envoy does not know is nothing, or a dash where it stands in a text.
  const known = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null && value !== "-"));
  const violation = parseViolation(String(known["violation"]));
  if (violation !== undefined) {
    known["violation"] = violation;
  }
  const details = refusalDetails[String(entry["route"])];
  if (details === undefined) {
    return known;
  }
  const { route: _route, ...refused } = known;
  return { ...refused, details };
}
