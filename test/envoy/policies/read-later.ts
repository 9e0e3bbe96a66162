/** Reads what only the host has of a request, when the exchange has been let go, and logs what comes of it. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest(_request, { clock, logger, properties }) {
    void clock.sleep(20).then(() => {
      logger.info(`read ${properties.clientAddress ?? "nothing"}`);
    });
  },
});
