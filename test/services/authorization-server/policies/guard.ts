import { definePolicy } from "sluice";
import { firstOf, fromHeader } from "sluice/bearer";
import { basicClient, introspection, postClient, privateKeyJwtClient } from "sluice/introspection";
import { discoveredKeys, dpopProofs, EdDSA, ES256, jwtVerifier, PS256, RS256 } from "sluice/jwt";
import { storage } from "sluice/storage";
import * as v from "valibot";

const client = v.object({ by: v.picklist(["basic", "post", "signing"]), secret: v.string() });

/** Lets tokens of an authorization server pass, and tells the upstream whose they are: by its keys, or with `client` by asking it. */
export default definePolicy({
  config: v.object({
    issuer: v.string(),
    audience: v.array(v.string()),
    client: v.optional(client),
    timeout: v.optional(v.number(), 5_000),
  }),

  async configure(context) {
    const { issuer, audience, client, timeout } = context.config;
    if (client !== undefined) {
      const { by, secret } = client;
      const tokens = introspection(context, {
        upstream: `${issuer}/token/introspection`,
        client:
          by === "signing"
            ? await privateKeyJwtClient({ id: by, algorithm: ES256, key: secret, kid: "client-1", audience: issuer })
            : (by === "basic" ? basicClient : postClient)(by, secret),
        issuer,
        audience,
        timeout,
        cacheTtl: 0,
        refusedTtl: 0,
      });
      return (request: Parameters<typeof tokens.verifyRequest>[0]) => tokens.verifyRequest(request);
    }
    const tokens = await jwtVerifier(context, {
      keys: discoveredKeys({ unknownKeyInterval: "1s", timeout }),
      algorithms: [RS256, PS256, ES256, EdDSA],
      issuer,
      audience,
      typ: "at+jwt",
      source: firstOf(fromHeader("authorization", "DPoP"), fromHeader()),
      dpop: dpopProofs(context, {
        algorithms: [ES256],
        replays: storage(context, "dpop"),
        nonce: { secret: "what all gateways know, and no client" },
      }),
    });
    return tokens.verifyRequest.bind(tokens);
  },

  async onRequest(request, context) {
    const token = await context.resources(request, context);
    if (!token.verified) {
      return token.response().withHeaders([["x-code", token.code]]);
    }
    request.headers.set("x-client", token.authentication.clientId ?? "");
    request.headers.set("x-scopes", token.scopes.join(" "));
    return undefined;
  },
});
