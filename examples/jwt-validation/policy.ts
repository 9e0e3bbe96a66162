import { definePolicy, Response } from "sluice";
import { claimHeaders } from "sluice/claim-headers";
import { parsed } from "sluice/config";
import { HS256, type JwtErrorCode, jwtVerifier, secretKey } from "sluice/jwt";
import * as v from "valibot";
import { parseExpression } from "../expression.js";

/** What clients are told; of all that is not here, that the token is invalid. */
const texts: Partial<Record<JwtErrorCode, string>> = {
  JWT_MISSING: "bearer token is missing",
  JWT_CLAIMS: "token has no expiry",
  JWT_EXPIRED: "token has expired",
};

export default definePolicy({
  config: v.object({
    /** The secret that tokens are signed with. */
    secret: v.string(),
    /** The condition on the claims. */
    customRule: v.optional(v.pipe(v.string(), parsed(parseExpression)), "#[vars.claimSet.role=='Member']"),
  }),

  configure: async (context) => ({
    // A token is good in the whole second that it expires in.
    tokens: await jwtVerifier(context, {
      keys: secretKey(context.config.secret),
      algorithms: [HS256],
      clockTolerance: "999ms",
    }),
    fields: claimHeaders({ username: "username" }),
  }),

  async onRequest(request, context) {
    const { config, resources } = context;
    const token = await resources.tokens.verifyRequest(request, context);
    if (!token.verified) {
      return token
        .response()
        .withBody(texts[token.code] ?? "token is invalid")
        .withHeaders(plain);
    }
    if (!satisfies(token.claims, config.customRule)) {
      return new Response("token does not satisfy the rule", { status: 400 });
    }
    const { username } = token.claims;
    resources.fields.set(request.headers, typeof username === "string" ? { username } : {});
  },
});

const plain = { "content-type": "text/plain;charset=UTF-8" };

function satisfies(claimSet: object, rule: (names: Readonly<Record<string, unknown>>) => unknown): boolean {
  try {
    return rule({ vars: { claimSet } }) === true;
  } catch {
    return false;
  }
}
