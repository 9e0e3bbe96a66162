/** Has nothing but an `onDone`. */
import { definePolicy } from "sluice";

export default definePolicy({
  onDone({ outcome, status }, { logger }) {
    logger.info(`${outcome} ${status}`);
  },
});
