/** Verifies tokens by keys that an upstream publishes. */
import { definePolicy } from "sluice";
import { jwtVerifier, RS256, upstreamKeys } from "sluice/jwt";

export default definePolicy({
  configure: (context) =>
    jwtVerifier(context, {
      keys: upstreamKeys({ upstream: "login", path: "/jwks" }),
      algorithms: [RS256],
      issuer: "https://login.example.com",
    }),

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request, context);
    return token.verified ? undefined : token.response();
  },
});
