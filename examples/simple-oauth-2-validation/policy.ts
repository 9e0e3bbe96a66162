import { definePolicy, type RequestState, Response } from "sluice";
import { parsed } from "sluice/config";
import { query } from "sluice/query";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";
import { type Expression, parseExpression } from "../expression.js";

const seconds = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const answer = v.looseObject({ active: v.boolean(), exp: seconds, nbf: seconds });

export default definePolicy({
  config: v.object({
    /** The value of the header `authorization` that the service gets. */
    authorization: v.string(),
    /** The URL of the introspection endpoint. */
    oauthService: v.string(),
    /** What gives the token of a request. */
    tokenExtractor: v.optional(
      v.pipe(v.string(), parsed(parseExpression)),
      "#[dw::core::Strings::substringAfter(attributes.headers['Authorization'], 'Bearer ')]",
    ),
  }),

  configure: (context) => upstream(context, context.config.oauthService),

  async onRequest(request, { clock, config, logger, resources: service }) {
    const token = tokenOf(request, config.tokenExtractor);
    if (token === undefined) {
      return refused();
    }
    let found: v.InferOutput<typeof answer>;
    try {
      const reply = await service.fetch(undefined, {
        method: "POST",
        headers: { authorization: config.authorization, "content-type": "application/x-www-form-urlencoded" },
        body: String(new URLSearchParams({ token })),
        timeout: 10_000,
      });
      if (reply.status !== 200) {
        return refused();
      }
      found = v.parse(answer, reply.json());
    } catch (error) {
      logger.warn("the service gave no answer of use", {
        code: error instanceof UpstreamError ? error.code : "answer",
      });
      return new Response(null, { status: 500 });
    }
    const now = clock.now() / 1_000;
    const { active, exp = now, nbf = now } = found;
    return active && exp >= Math.floor(now) && nbf <= now ? undefined : refused();
  },
});

function refused(): Response {
  return new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer realm="oauth2"' } });
}

function tokenOf(request: RequestState, extract: Expression): string | undefined {
  const { headers, method, pathname: requestPath } = request;
  try {
    const token = extract({ attributes: { headers, method, requestPath, queryParams: query(request) } });
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}
