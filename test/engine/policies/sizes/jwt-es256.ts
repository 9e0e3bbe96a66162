/** Verifies tokens by a key of ECDSA from its configuration. */
import { definePolicy } from "sluice";
import { ES256, jwtVerifier, pemKey } from "sluice/jwt";

export default definePolicy({
  configure: (context) =>
    jwtVerifier(context, {
      keys: pemKey(String(context.config)),
      algorithms: [ES256],
      issuer: "https://login.example.com",
    }),

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request, context);
    return token.verified ? undefined : token.response();
  },
});
