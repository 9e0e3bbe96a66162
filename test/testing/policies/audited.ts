/** Tells an upstream of every request, and says what it answered. */
import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";

export default definePolicy({
  async onRequest(request, context) {
    try {
      const reply = await upstream(context, "audit").fetch(request.path, { method: "POST" });
      return new Response(`audit: ${reply.status}`);
    } catch (error) {
      return new Response(error instanceof UpstreamError ? error.code : String(error), { status: 503 });
    }
  },
});
