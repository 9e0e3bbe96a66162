import { type Duration, definePolicy, Response } from "sluice";
import { type EveryOptions, every } from "sluice/schedule";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/**
 * Calls the upstream `monitor`, where `calls` is set, every `period`, with `options`; a run takes `lasts` milliseconds longer, and throws where it `fails`. Answers
 * every request with whether a run has ended in this worker.
 */
export default definePolicy({
  config: v.object({
    period: v.custom<Duration>(() => true),
    options: v.optional(
      v.custom<EveryOptions>(() => true),
      {},
    ),
    calls: v.optional(v.boolean(), false),
    lasts: v.optional(v.number(), 0),
    fails: v.optional(v.boolean(), false),
  }),

  configure(context) {
    const { clock, config } = context;
    const runs = { ended: 0 };
    every(
      context,
      config.period,
      async (signal) => {
        if (config.calls) {
          await upstream(context, "monitor").fetch("/beat", { signal });
        }
        await clock.sleep(config.lasts);
        if (config.fails) {
          throw new Error("no beat");
        }
        runs.ended += 1;
      },
      config.options,
    );
    return runs;
  },

  onRequest: (_request, { resources }) => new Response(String(resources.ended > 0)),
});
