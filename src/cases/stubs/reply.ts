import { definePolicy, Response } from "sluice";
import * as v from "valibot";

/** Answers every request: at once, or when its body is there. */
export default definePolicy({
  config: v.object({
    phase: v.picklist(["headers", "body"]),
    status: v.number(),
    headers: v.array(v.tuple([v.string(), v.string()])),
    body: v.string(),
  }),

  async onRequest(request, { config }) {
    if (config.phase === "body") {
      await request.intoBodyState();
    }
    return new Response(config.status).withHeaders(config.headers).withBody(config.body);
  },
});
