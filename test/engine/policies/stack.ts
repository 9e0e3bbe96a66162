import { definePolicy, Flow, Response } from "sluice";

/** Answers with the calls that lead to its filter, and lets go on whatever does not ask for them. */
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    return headers.has("x-stack") ? new Response(200).withBody(String(new Error("here").stack)) : Flow.Continue();
  },
});
