import { definePolicy } from "sluice";
import { EdDSA, jwkSet, jwtVerifier, PS256 } from "sluice/jwt";
import * as v from "valibot";

/** Lets those pass who have a token of the issuer, signed as no host verifies: the module does. */
export default definePolicy({
  config: v.object({ jwks: v.string() }),

  configure: (context) =>
    jwtVerifier(context, { keys: jwkSet(context.config.jwks), algorithms: [PS256, EdDSA], issuer: "https://bench" }),

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request, context);
    if (!token.verified) {
      return token.response();
    }
  },
});
