import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

const unavailable = new Response(503).withBody("auth is not there");

export default definePolicy({
  config: v.object({ auth: v.string() }),

  async onRequest(request, context) {
    try {
      const answer = await upstream(context, context.config.auth).fetch("/check", {
        headers: { "x-asked-path": request.path },
      });
      if (answer.status >= 500) {
        return unavailable;
      }
      if (!answer.ok) {
        return new Response(403).withBody("denied by auth");
      }
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        throw error;
      }
      return unavailable;
    }
    if (!request.headers.has("x-count")) {
      return;
    }
    const whole = await request.intoHeadersBodyState();
    whole.headers.set("x-body-bytes", String(whole.bytes().length));
    if (whole.containsBody) {
      whole.setBody(`counted:${whole.text()}`);
    }
  },
});
