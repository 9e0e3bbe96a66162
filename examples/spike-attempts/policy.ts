import { definePolicy, Response } from "sluice";
import { spikeControl } from "sluice/spike-control";
import * as v from "valibot";

const atLeast = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

export default definePolicy({
  config: v.object({
    /** So many requests pass in so many milliseconds, over all workers. */
    requests: atLeast(1),
    millis: v.pipe(atLeast(1), v.maxValue(86_400_000)),
    /** One that finds no room is held for `delay` milliseconds and tried again, so many times. */
    maxAttempts: atLeast(0),
    delay: atLeast(0),
  }),

  configure(context) {
    const { requests, millis } = context.config;
    return spikeControl(context, "all", { requests, period: millis, burst: requests, maxQueue: 0 });
  },

  async onRequest(_request, context) {
    const { config, clock, resources: spikes } = context;
    for (let attempt = 0; ; attempt++) {
      const { admitted } = await spikes.admit(context);
      if (admitted) {
        return;
      }
      if (attempt === config.maxAttempts) {
        return new Response(null, { status: 429 });
      }
      await clock.sleep(config.delay);
    }
  },
});
