import { definePolicy } from "sluice";
import { reportedViolation } from "sluice/violations";

/** Logs of every exchange whether somebody reported a violation. */
export default definePolicy({
  onDone(_exchange, context) {
    const { logger } = context;
    logger.info(`violation ${JSON.stringify(reportedViolation(context) !== undefined)}`);
  },
});
