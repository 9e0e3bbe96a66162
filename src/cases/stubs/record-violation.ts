import { definePolicy } from "sluice";

/** Logs of every exchange whether somebody reported a violation. */
export default definePolicy({
  onDone(_exchange, { logger, violations }) {
    logger.info(`violation ${JSON.stringify(violations.reported !== undefined)}`);
  },
});
