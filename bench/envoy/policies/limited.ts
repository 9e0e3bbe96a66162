import { definePolicy, Response } from "sluice";
import { rateLimit } from "sluice/rate-limit";

/** Limits how often each client may ask. */
export default definePolicy({
  configure: (context) => ({
    limit: rateLimit(context, "clients", { tiers: [{ limit: 1_000_000, period: "1h" }] }),
  }),

  async onRequest(request, { resources: { limit } }) {
    const authorization = request.headers.get("authorization");
    if (authorization === null) {
      return new Response("who?", { status: 401 });
    }
    const result = await limit.take(authorization);
    return result.allowed ? undefined : result.refuse();
  },
});
