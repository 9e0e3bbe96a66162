/** Refuses requests by their head or by their whole body; with `x-edit` it would change the head after the body has come. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    if (!request.headers.has("authorization")) {
      return new Response(401);
    }
    if (request.headers.has("x-edit")) {
      (await request.intoHeadersBodyState()).headers.set("x-edited", "yes");
      return;
    }
    const body = await request.intoBodyState();
    if (body.text().includes("forbidden")) {
      return new Response("forbidden", { status: 403 });
    }
  },
});
