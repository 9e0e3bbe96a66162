/** What a gateway tells, as lines of the log. */
import type { Logger } from "pino";
import { LogLevel } from "../abi/constants.js";
import type { AccessLog, GatewayOptions } from "../gateway/index.js";
import { redact } from "../redact.js";
import { exchangeLines } from "./exchange-lines.js";

/** Lines of policies, failures and defects. */
export function reportsTo(
  logger: Logger,
): Pick<GatewayOptions, "onPolicyLog" | "reports" | "onConnectionsRefused" | "onDefect"> {
  return {
    onPolicyLog(level, { policy, route, request, msg, stack, ...fields }) {
      const data = Object.keys(fields).length > 0 ? { fields } : undefined;
      // Under `err` a readable log shows a stack line by line.
      const err = typeof stack === "string" ? { err: { stack } } : undefined;
      logger[methods[level]]({ policy, route, request, ...data, ...err }, msg);
    },
    reports: {
      onPolicyFailure(policy, { routeName, requestId }, error) {
        logger.error({ policy, route: routeName, request: requestId, err: error }, "POLICY_FAILED: the policy failed");
      },
      onHoldTimeout(policy, { routeName, requestId }, milliseconds) {
        logger.error(
          { policy, route: routeName, request: requestId },
          `HOLD_TIMEOUT: the policy ${policy} held the exchange for ${milliseconds} ms without a byte moving`,
        );
      },
      onUpstreamFailure(upstream, { routeName, requestId }, failure, detail) {
        logger.warn(
          { upstream, route: routeName, request: requestId, failure, detail: redact(detail) },
          `the upstream ${upstream} gave no whole response`,
        );
      },
      onHostFailure({ routeName, requestId }, error) {
        logger.error({ route: routeName, request: requestId, err: error }, "INTERNAL: the exchange was broken off");
      },
    },
    onConnectionsRefused({ limit, value, count, clientIp }) {
      logger.warn(
        { limit, value, count, clientIp },
        `closed new connections: there are as many as listener.limits.${limit} allows`,
      );
    },
    onDefect(error) {
      logger.error({ err: error }, "INTERNAL: a defect of the gateway");
    },
  };
}

const methods: Readonly<Record<LogLevel, "trace" | "debug" | "info" | "warn" | "error" | "fatal">> = {
  [LogLevel.Trace]: "trace",
  [LogLevel.Debug]: "debug",
  [LogLevel.Info]: "info",
  [LogLevel.Warn]: "warn",
  [LogLevel.Error]: "error",
  [LogLevel.Critical]: "fatal",
};

/** One line an exchange, with its facts as fields. */
export function accessLogTo(logger: Logger): AccessLog {
  return ({ requestId, ...entry }) => {
    logger.info({ request: requestId, ...entry }, "exchange");
  };
}

/** Lines to be read by people, on standard error. */
export function readableAccessLog(verbose: boolean): Required<Pick<GatewayOptions, "accessLog" | "accessLogDetail">> {
  const { stderr } = process;
  const colors = stderr.isTTY && stderr.hasColors();
  return {
    accessLogDetail: true,
    accessLog: (entry) => {
      stderr.write(`${exchangeLines(entry, { now: new Date(), colors, verbose })}\n`);
    },
  };
}
