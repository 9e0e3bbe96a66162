import { definePolicy, Response } from "sluice";

const page = new Response(503).withHeaders({ "content-type": "text/plain", "retry-after": "30" }).withBody("sorry");

/** Answers in place of responses that say that the upstream failed. */
export default definePolicy({
  async onResponse(response) {
    const head = await response.intoHeadersState();
    if (head.status >= 500) {
      head.sendResponse(page);
    }
  },
});
