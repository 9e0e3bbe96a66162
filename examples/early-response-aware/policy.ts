import { definePolicy, Flow, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const head = await request.intoHeadersState();
    const { path, headers } = head;
    if (headers.has("x-deny")) {
      return Flow.Break(new Response(403).withBody("denied"));
    }
    if (headers.has("x-await")) {
      await head.intoBodyState();
    }
    return Flow.Continue({ path });
  },

  async onResponse(response, { requestData }) {
    const { headers } = await response.intoHeadersState();
    switch (requestData.kind) {
      case "continue":
        headers.set("x-request-filter", `continue ${requestData.value.path}`);
        break;
      case "cancel":
        headers.set("x-request-filter", `cancel ${requestData.reason}`);
        break;
      default:
        headers.set("x-request-filter", requestData.kind);
    }
  },
});
