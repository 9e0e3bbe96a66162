import { definePolicy } from "sluice";
import { ES256, jwkSet, jwtVerifier, RS256 } from "sluice/jwt";
import * as v from "valibot";

/** Lets those pass who have a token of the issuer. */
export default definePolicy({
  config: v.object({ jwks: v.string() }),

  configure: (context) =>
    jwtVerifier(context, { keys: jwkSet(context.config.jwks), algorithms: [RS256, ES256], issuer: "https://bench" }),

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request, context);
    if (!token.verified) {
      return token.response();
    }
  },
});
