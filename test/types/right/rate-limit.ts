/** Limits on what clients use. */
import { definePolicy, Flow, Response } from "sluice";
import { getAuthentication } from "sluice/authentication";
import { clientAddress, type RateLimiter, type RateLimitResult, rateLimit, type TierState } from "sluice/rate-limit";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure(context) {
    const limit = rateLimit(context, "default", {
      tiers: [
        { limit: 10, period: 1_000, algorithm: "token-bucket", burst: 20 },
        { limit: 1_000, period: "1d", aligned: true, name: "daily" },
      ],
      entries: 1_000,
      onFull: "admit",
      shared: "all",
      countRefused: true,
      mode: "report",
      fields: ["ratelimit", "x-ratelimit"],
    });
    exactType<RateLimiter>()(limit);
    return { limit };
  },

  async onRequest(request, context) {
    const { limit } = context.resources;
    const key = [clientAddress(context.properties), request.headers.get("x"), getAuthentication(context)?.clientId];
    const result = await limit.take(key, 2);
    exactType<RateLimitResult>()(result);
    exactType<number | undefined>()(result.retryAfter);
    exactType<readonly TierState[]>()(result.tiers);
    exactType<Response>()(result.refuse());
    return result.allowed ? Flow.Continue(result) : new Response(null, { status: 429, headers: result.fields });
  },

  async onResponse(response, { requestData, resources: { limit } }) {
    if (requestData.kind === "continue") {
      requestData.value.addTo(response.headers);
      await limit.refund(requestData.value);
    }
    exactType<RateLimitResult>()(await limit.charge("a", 5));
    exactType<boolean>()((await limit.peek("a")).exceeded);
  },
});
