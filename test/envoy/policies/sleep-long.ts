/** Holds each request for a minute, and has something to do all the time. */
import { definePolicy } from "sluice";
import { counter } from "sluice/metrics";
import { every } from "sluice/schedule";

export default definePolicy({
  configure: (context) => {
    const ticks = counter(context, "ticks");
    every(context, 10, () => {
      ticks.increment();
    });
    return { sleeping: counter(context, "sleeping") };
  },

  async onRequest(_request, { resources: { sleeping }, clock }) {
    sleeping.increment();
    await clock.sleep(60_000);
  },

  onDone(_exchange, { logger }) {
    logger.debug("done");
  },
});
