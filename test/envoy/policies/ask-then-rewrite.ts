import { definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";

/** Asks the upstream `auth`, and only then wants the body: what Envoy's hold protocol is for. */
export default definePolicy({
  async onRequest(request, context) {
    const answer = await upstream(context, "auth").fetch("/check");
    if (!answer.ok) {
      return new Response("denied by auth", { status: 403 });
    }
    if (!request.headers.has("x-rewrite")) {
      return Flow.Continue();
    }
    const whole = await request.intoHeadersBodyState();
    const { length } = whole.bytes();
    whole.headers.set("x-body-bytes", String(length));
    whole.setBody(`rewritten:${length}`);
    return Flow.Continue();
  },
});
