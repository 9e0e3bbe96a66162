import { definePolicy, Flow, Response } from "sluice";

/** As stack.ts, with a response filter. */
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    return headers.has("x-stack") ? new Response(200).withBody(String(new Error("here").stack)) : Flow.Continue();
  },
  onResponse() {},
});
