/** Lets each client make so many requests in a window of time. Every worker of a gateway counts for itself. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

interface Window {
  /** Which one: windows are counted from the epoch. */
  index: number;
  requests: Map<string, number>;
}

export default definePolicy({
  config: v.strictObject({
    requests: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 10),
    windowSeconds: v.optional(v.pipe(v.number(), v.minValue(1)), 60),
  }),

  configure: (): Window => ({ index: 0, requests: new Map() }),

  onRequest(_request, { config, resources: window, clock, properties }) {
    const windowMilliseconds = config.windowSeconds * 1_000;
    const index = Math.floor(clock.now() / windowMilliseconds);
    if (index !== window.index) {
      window.index = index;
      window.requests.clear();
    }

    const client = properties.clientAddress?.replace(/:\d+$/, "") ?? "unknown";
    const requests = (window.requests.get(client) ?? 0) + 1;
    window.requests.set(client, requests);
    if (requests > config.requests) {
      const seconds = Math.ceil(((index + 1) * windowMilliseconds - clock.now()) / 1_000);
      return new Response(null, { status: 429, headers: { "retry-after": String(seconds) } });
    }
  },
});
