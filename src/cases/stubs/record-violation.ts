import { definePolicy } from "sluice";
import { reportedViolation } from "sluice/violations";

/** Logs of every exchange whether somebody reported a violation. */
export default definePolicy({
  onDone(_exchange, context) {
    const reported = reportedViolation(context) !== undefined;
    context.logger.info(`violation ${JSON.stringify(reported)}`);
  },
});
