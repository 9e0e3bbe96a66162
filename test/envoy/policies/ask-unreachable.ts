import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

/** Asks a service and answers with what became of it. */
export default definePolicy({
  config: v.object({ method: v.optional(v.string(), "GET") }),

  async onRequest(_request, context) {
    const {
      config: { method },
    } = context;
    try {
      const reply = await upstream(context, "service").fetch("/", { method, timeout: 2_000 });
      return new Response(200).withBody(`status ${reply.status}`);
    } catch (error) {
      return new Response(200).withBody(error instanceof UpstreamError ? error.code : "another error");
    }
  },
});
