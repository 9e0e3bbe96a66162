import { definePolicy, Response } from "sluice";

const page = new Response(503).withHeaders({ "content-type": "text/plain", "retry-after": "30" }).withBody("sorry");

/** Answers in place of responses that say that the upstream failed. */
export default definePolicy({
  onResponse(response) {
    if (response.status >= 500) {
      response.sendResponse(page);
    }
  },
});
