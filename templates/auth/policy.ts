/** Asks another service who may pass: its answer decides, and says who the user is. */
import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

export default definePolicy({
  config: v.strictObject({
    /** The upstream of the gateway file that knows the tokens. */
    upstream: v.optional(v.string(), "auth"),
    path: v.optional(v.string(), "/verify"),
    timeoutMilliseconds: v.optional(v.number(), 2_000),
  }),

  configure: (context) => upstream(context, context.config.upstream),

  async onRequest(request, { config, logger, resources: auth }) {
    const { headers } = request;
    headers.delete("x-user"); // only the auth service says who it is
    const authorization = headers.get("authorization");
    if (authorization === null) {
      return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
    }

    try {
      const answer = await auth.fetch(config.path, {
        headers: { authorization },
        timeout: config.timeoutMilliseconds,
      });
      if (!answer.ok) {
        return new Response(null, { status: 403 });
      }
      headers.set("x-user", answer.headers.get("x-user") ?? "unknown");
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        throw error;
      }
      logger.warn("the auth service gave no answer", { code: error.code });
      return new Response(null, { status: 503, headers: { "retry-after": "5" } });
    }
  },
});
