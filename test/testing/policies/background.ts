import { definePolicy } from "sluice";
import { type EveryOptions, every } from "sluice/schedule";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Calls the upstream `monitor` every 10 s, with the options of the configuration; `after` milliseconds later it throws, where that is asked for. */
export default definePolicy({
  config: v.object({
    options: v.optional(
      v.custom<EveryOptions>(() => true),
      {},
    ),
    lasts: v.optional(v.number(), 0),
    fails: v.optional(v.boolean(), false),
  }),

  configure(context) {
    const { clock, config, logger } = context;
    every(
      context,
      "10s",
      async (signal, fence) => {
        signal.addEventListener("abort", () => logger.info(`aborted: ${String(signal.reason)}`));
        await upstream(context, "monitor").fetch("/beat", { headers: { "x-fence": String(fence) } });
        await clock.sleep(config.lasts);
        if (config.fails) {
          throw new Error("no beat");
        }
      },
      config.options,
    );
  },
});
