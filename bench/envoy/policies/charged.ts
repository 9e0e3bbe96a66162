import { definePolicy, Flow } from "sluice";
import { rateLimit } from "sluice/rate-limit";

/** Charges each client what the response says that its request has cost. */
export default definePolicy({
  configure: (context) => ({
    budget: rateLimit(context, "budget", { tiers: [{ limit: 1_000_000, period: "1h" }] }),
  }),

  onRequest(request) {
    return Flow.Continue(request.headers.get("authorization") ?? "");
  },

  async onResponse(response, { requestData, resources: { budget } }) {
    if (requestData.kind === "continue") {
      await budget.charge(requestData.value, response.headers.has("x-cost") ? 2 : 1);
    }
  },
});
