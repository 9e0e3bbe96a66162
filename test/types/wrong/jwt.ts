import { definePolicy } from "sluice";
import { jwtVerifier, pemKey, RS256 } from "sluice/jwt";

definePolicy({
  async configure(context) {
    // expect-error: Type 'string' is not assignable to type 'JwtAlgorithm'
    await jwtVerifier(context, { keys: pemKey("…"), algorithms: ["RS256"] });

    // expect-error: is not assignable to parameter of type
    await jwtVerifier(context, { keys: pemKey("…") });

    return { tokens: await jwtVerifier(context, { keys: pemKey("…"), algorithms: [RS256] }) };
  },

  async onRequest(request, context) {
    const token = await context.resources.tokens.verifyRequest(request, context);
    // expect-error: Property 'claims' does not exist on type 'JwtError'
    token.claims;

    // expect-error: Expected 2 arguments, but got 1
    await context.resources.tokens.verifyRequest(request);
  },
});
