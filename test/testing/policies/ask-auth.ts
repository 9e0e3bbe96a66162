import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";

/** Asks the upstream `auth` about every request, and goes by its status. */
export default definePolicy({
  async onRequest(request, context) {
    const answer = await upstream(context, "auth").fetch("/check", {
      method: "POST",
      headers: { "x-path": request.path },
      body: "who",
    });
    if (!answer.ok) {
      return new Response(403).withBody(`refused: ${answer.text()}`);
    }
  },
});
