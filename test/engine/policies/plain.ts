/** A filter that only looks at the head, and does what the request's headers say. */
import { definePolicy, Flow, Response } from "sluice";

export default definePolicy({
  async onRequest(request, { logger }) {
    const { headers } = await request.intoHeadersState();
    if (headers.has("x-deny")) {
      return Flow.Break(new Response(403).withHeaders([["x-why", "denied"]]).withBody("denied"));
    }
    if (headers.has("x-throw")) {
      throw new Error("on purpose");
    }
    if (headers.has("x-edit")) {
      headers.set("x-edited", "yes");
    }
    if (headers.has("x-log")) {
      logger.info("logged");
    }
    if (headers.has("x-later")) {
      void Promise.resolve(headers).then(() => {
        console.log("late");
      });
    }
    return Flow.Continue();
  },
});
