import { definePolicy, Response, UpstreamError } from "sluice";
import * as v from "valibot";

const unavailable = new Response(503).withBody("auth is not there");

export default definePolicy({
  config: v.object({ auth: v.string() }),

  async onRequest(request, { config, client }) {
    const head = await request.intoHeadersState();
    try {
      const answer = await client.upstream(config.auth).fetch("/check", { headers: { "x-asked-path": head.path } });
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
    if (!head.headers.has("x-count")) {
      return;
    }
    const whole = await head.intoHeadersBodyState();
    whole.headers.set("x-body-bytes", String(whole.bytes().length));
    if (whole.containsBody) {
      whole.setBody(`counted:${whole.text()}`);
    }
  },
});
