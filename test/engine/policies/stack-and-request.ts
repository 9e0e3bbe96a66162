import { definePolicy, Flow, Response } from "sluice";

/** As stack.ts, and looks at its own request when the response comes. */
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    return headers.has("x-stack") ? new Response(200).withBody(String(new Error("here").stack)) : Flow.Continue();
  },
  onResponse(response, context) {
    response.headers.set("x-path", context.request.path);
  },
});
