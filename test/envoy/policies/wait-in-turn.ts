import { definePolicy } from "sluice";

/** Waits a moment with each request, and lets a timer run on. */
export default definePolicy({
  async onRequest(_request, { clock, logger }) {
    setTimeout(() => {
      logger.info("later");
    }, 200);
    await clock.sleep(1);
  },
});
