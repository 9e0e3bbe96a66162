import { definePolicy, Response } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

const known = new Map<string, { name: string; until: number }>();

export default definePolicy({
  config: v.object({ rememberSeconds: v.optional(v.number(), 60) }),

  configure: (context) => upstream(context, "auth"),

  async onRequest(request, { clock, config, logger, resources: auth }) {
    const token = request.headers.get("authorization");
    if (token === null) {
      return new Response(null, { status: 401 });
    }
    let member = known.get(token);
    if (member === undefined || member.until <= clock.now()) {
      try {
        const answer = await auth.fetch("/whoami", { headers: { authorization: token }, timeout: 2_000 });
        if (!answer.ok) {
          return new Response(null, { status: 403 });
        }
        member = { name: answer.json<{ name: string }>().name, until: clock.now() + config.rememberSeconds * 1_000 };
        known.set(token, member);
      } catch (error) {
        if (!(error instanceof UpstreamError)) {
          throw error;
        }
        logger.warn("auth gave no answer", { code: error.code });
        return new Response(null, { status: 503 });
      }
    }
    request.headers.set("x-member", member.name);
  },
});
