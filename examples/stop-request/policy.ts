import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ realm: v.optional(v.string(), "oauth2") }),

  onRequest(request, { config }) {
    if (!request.headers.has("authorization")) {
      return new Response('{ "error": "token was not present"}', {
        status: 401,
        headers: { "www-authenticate": `Bearer realm="${config.realm}"` },
      });
    }
  },
});
