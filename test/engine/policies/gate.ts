/** Sees requests only, and refuses some with an answer that never changes. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  onRequest(request) {
    if (request.headers.has("x-refuse")) {
      return new Response("refused", { status: 403 });
    }
    request.headers.set("x-gate", "open");
  },
});
