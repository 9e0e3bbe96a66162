/** Reads what only the host has of a request, when the exchange has been let go, and logs what comes of it. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest({ headers, path }, { clock, logger }) {
    const read = async (): Promise<void> => {
      await clock.sleep(20);
      logger.info(`read ${headers.get("x-late") ?? "none"}`);
    };
    if (path === "/late") {
      read().catch((error: unknown) => {
        logger.info(`read ${String(error)}`);
      });
    }
  },
});
