import { definePolicy, Response, UpstreamError } from "sluice";
import * as v from "valibot";

/** Asks a service and answers with what became of it. */
export default definePolicy({
  config: v.object({ method: v.optional(v.string(), "GET") }),

  async onRequest(_request, { client, config: { method } }) {
    try {
      const reply = await client.upstream("service").fetch("/", { method, timeout: 2_000 });
      return new Response(200).withBody(`status ${reply.status}`);
    } catch (error) {
      return new Response(200).withBody(error instanceof UpstreamError ? error.code : "another error");
    }
  },
});
