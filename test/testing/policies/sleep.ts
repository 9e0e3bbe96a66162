import { definePolicy } from "sluice";
import * as v from "valibot";

/** Holds every request for a while. */
export default definePolicy({
  config: v.object({ milliseconds: v.number() }),
  async onRequest(_request, { clock, config }) {
    await clock.sleep(config.milliseconds);
  },
});
