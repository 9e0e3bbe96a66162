/** Refuses requests by their head or by their whole body; with `x-edit` it would change the head after the body has come. */
import { definePolicy, Flow, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const head = await request.intoHeadersState();
    if (!head.headers.has("authorization")) {
      return Flow.Break(new Response(401));
    }
    if (head.headers.has("x-edit")) {
      (await head.intoHeadersBodyState()).headers.set("x-edited", "yes");
      return;
    }
    const body = await head.intoBodyState();
    if (body.text().includes("forbidden")) {
      return Flow.Break(new Response(403).withBody("forbidden"));
    }
  },
});
