import { definePolicy } from "sluice";
import { ES256, jwkSet, jwtVerifier } from "sluice/jwt";
import * as v from "valibot";

/** Lets those pass who have a token, and remembers few. */
export default definePolicy({
  config: v.object({ jwks: v.string() }),

  configure: (context) =>
    jwtVerifier(context, {
      keys: jwkSet(context.config.jwks),
      algorithms: [ES256],
      issuer: "https://issuer.example.com",
      cacheEntries: 100,
    }),

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request, context);
    return token.verified ? undefined : token.response();
  },
});
