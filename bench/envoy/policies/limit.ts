import { definePolicy } from "sluice";
import { rateLimit } from "sluice/rate-limit";
import * as v from "valibot";

/** Limits each client, by a header. */
export default definePolicy({
  config: v.object({ limit: v.number() }),

  configure: (context) => ({
    limit: rateLimit(context, "clients", { tiers: [{ limit: context.config.limit, period: "1h" }] }),
  }),

  async onRequest(request, { resources: { limit } }) {
    const result = await limit.take(request.headers.get("x-client") ?? "");
    return result.allowed ? undefined : result.refuse();
  },
});
