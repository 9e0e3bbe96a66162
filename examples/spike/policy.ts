import { definePolicy, Response } from "sluice";
import * as v from "valibot";

const atLeast = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

export default definePolicy({
  config: v.object({
    /** So many requests pass in so many milliseconds. */
    requests: atLeast(0),
    millis: atLeast(1),
    /** One that finds no room is held for `delay` milliseconds and tried again, so many times. */
    maxAttempts: atLeast(0),
    delay: atLeast(0),
  }),

  /** When those passed that still count, earliest first. */
  configure: (): number[] => [],

  async onRequest(_request, { config, clock, resources: passed }) {
    for (let attempt = 0; ; attempt++) {
      const now = clock.now();
      while (passed[0] !== undefined && passed[0] <= now - config.millis) {
        passed.shift();
      }
      if (passed.length < config.requests) {
        passed.push(now);
        return;
      }
      if (attempt === config.maxAttempts) {
        return new Response(null, { status: 429 });
      }
      await clock.sleep(config.delay);
    }
  },
});
