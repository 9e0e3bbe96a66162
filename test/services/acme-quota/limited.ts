/** What the tests of the package run: its functions, in a policy. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";
import { noteCost, notedCost, quota } from "./index.js";

export default definePolicy({
  config: v.object({ limit: v.number(), window: v.optional(v.number()) }),

  configure: (context) => ({ perClient: quota(context, context.config) }),

  onRequest(request, context) {
    const client = request.headers.get("x-client") ?? "";
    if (!context.resources.perClient.take(client)) return new Response(null, { status: 429 });
    noteCost(context, client.length);
  },

  onResponse(response, context) {
    response.headers.set("x-cost", String(notedCost(context)));
  },
});
