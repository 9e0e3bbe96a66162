import { definePolicy } from "sluice";
import { rateLimit } from "sluice/rate-limit";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    rateLimit("default", "default", { tiers: [] });

    // expect-error: Property 'period' is missing in type
    rateLimit(context, "default", { tiers: [{ limit: 1 }] });

    // expect-error: Type '"leaky-bucket"' is not assignable to type
    rateLimit(context, "default", { tiers: [{ limit: 1, period: "1s", algorithm: "leaky-bucket" }] });

    return { limit: rateLimit(context, "default", { tiers: [{ limit: 1, period: "1s" }] }) };
  },

  async onRequest(request, { resources: { limit } }) {
    // expect-error: Argument of type 'string | null' is not assignable to parameter of type 'LimitKey'
    await limit.take(request.headers.get("x-key"));

    // expect-error: Expected 2 arguments, but got 1
    await limit.charge("a");

    // expect-error: Property 'allowed' does not exist on type 'Promise<RateLimitResult>'
    limit.take("a").allowed;
  },
});
