import { definePolicy, Flow, Response, SluiceError } from "sluice";
import { type RateLimitOptions, rateLimit } from "sluice/rate-limit";
import * as v from "valibot";

/**
 * Limits requests by the header `x-key`, by as much as `x-amount` says. `x-call` names what is called in place of `take`. An upstream that
 * answers 500 is not charged; what its response's `x-cost` says is charged besides.
 */
export default definePolicy({
  config: v.looseObject({ tiers: v.array(v.looseObject({})) }),

  configure: (context) => rateLimit(context, "default", context.config as unknown as RateLimitOptions),

  async onRequest(request, { resources: limiter }) {
    const key = request.headers.get("x-key") ?? "";
    const amount = Number(request.headers.get("x-amount") ?? 1);
    try {
      const result =
        request.headers.get("x-call") === "peek" ? await limiter.peek(key, amount) : await limiter.take(key, amount);
      return result.allowed ? Flow.Continue({ result, key }) : result.refuse();
    } catch (error) {
      return new Response(error instanceof SluiceError ? error.code : String(error), { status: 400 });
    }
  },

  async onResponse(response, { requestData, resources: limiter }) {
    if (requestData.kind !== "continue") {
      return;
    }
    const { result, key } = requestData.value;
    const cost = response.headers.get("x-cost");
    if (response.status === 500) {
      await limiter.refund(result);
    }
    (cost === null ? result : await limiter.charge(key, Number(cost))).addTo(response.headers);
  },
});
