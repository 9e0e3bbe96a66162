import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as z from "zod/mini";

export default definePolicy({
  config: z.object({
    /** The upstream that knows who may pass. */
    upstream: z.string(),
    path: z._default(z.string(), "/"),
    timeoutMilliseconds: z._default(z.number().check(z.positive()), 2_000),
  }),

  configure: (context) => upstream(context, context.config.upstream),

  async onRequest(request, { config, logger, resources: auth }) {
    const { headers } = request;
    headers.delete("x-user"); // only the auth upstream says who it is
    const authorization = headers.get("authorization");
    if (authorization === null) {
      return new Response(null, { status: 401 });
    }

    try {
      const answer = await auth.fetch(config.path, {
        headers: { authorization },
        timeout: config.timeoutMilliseconds,
      });
      if (!answer.ok) {
        return new Response(null, { status: answer.status === 401 ? 401 : 403 });
      }
      headers.set("x-user", answer.headers.get("x-user") ?? "unknown");
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        throw error;
      }
      logger.warn("the auth upstream gave no answer", { code: error.code });
      return new Response(null, { status: 503, headers: { "retry-after": "5" } });
    }
  },
});
