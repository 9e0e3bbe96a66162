import { definePolicy, Response } from "sluice";
import * as v from "valibot";

/** Answers without a body, and tells the client what the response filter saw of the answer's length. */
export default definePolicy({
  config: v.object({ answers: v.boolean() }),

  async onRequest(request, { config }) {
    await request.intoHeadersState();
    return config.answers ? new Response(403) : undefined;
  },

  async onResponse(response) {
    const { headers, containsBody } = await response.intoHeadersState();
    headers.set("x-length", headers.get("content-length") ?? "none");
    headers.set("x-body", String(containsBody));
  },
});
