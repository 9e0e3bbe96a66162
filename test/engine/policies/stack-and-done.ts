import { definePolicy, Flow, Response } from "sluice";

/** As stack.ts, and hears of the end. */
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    return headers.has("x-stack") ? new Response(200).withBody(String(new Error("here").stack)) : Flow.Continue();
  },
  onDone() {},
});
