/** Ends exchanges in the ways that `x-do` names. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const head = await request.intoHeadersState();
    switch (head.headers.get("x-do")) {
      case "deny":
        return new Response(403).withHeaders([["x-why", head.path]]).withBody("denied");
      case "throw":
        throw new Error("on purpose");
      case "gather": {
        const body = await head.intoHeadersBodyState();
        body.headers.set("x-length", String(body.text().length));
        body.setBody(body.text().toUpperCase());
        break;
      }
      case "stream":
        for await (const _chunk of (await head.intoBodyStreamState()).stream) {
          /* it passes unchanged */
        }
        break;
      default:
    }
  },

  async onResponse(response) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-seen", "yes");
  },

  onDone(summary, { logger }) {
    logger.info("over", { outcome: summary.outcome });
  },
});
