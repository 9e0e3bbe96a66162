import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ realm: v.optional(v.string(), "oauth2") }),

  async onRequest(request, { config }) {
    const { headers } = await request.intoHeadersState();
    if (!headers.has("authorization")) {
      return Flow.Break(
        new Response(401)
          .withHeaders([["WWW-Authenticate", `Bearer realm="${config.realm}"`]])
          .withBody('{ "error": "token was not present"}'),
      );
    }
    return Flow.Continue();
  },
});
