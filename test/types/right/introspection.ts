/** Tokens that an authorization server is asked about, and their scopes. */
import { definePolicy, Response } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { fromCookie } from "sluice/bearer";
import {
  authorizedClient,
  basicClient,
  type IntrospectedToken,
  type IntrospectionError,
  introspection,
  postClient,
  privateKeyJwtClient,
} from "sluice/introspection";
import { ES256 } from "sluice/jwt";
import { requireScopes } from "sluice/oauth-scopes";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure: async (context) => ({
    signed: introspection(context, {
      upstream: "login",
      client: await privateKeyJwtClient({ id: "a", algorithm: ES256, key: "b", audience: "c" }),
      name: "signed",
    }),
    tokens: introspection(context, { upstream: "login", client: basicClient("a", "b") }),
    others: introspection(context, {
      upstream: "https://login.example.com/introspect",
      client: postClient("a", "b"),
      audience: ["a", "b"],
      scopes: "read write",
      scopeMatch: "any",
      cacheTtl: "1m",
      refusedTtl: 0,
      source: fromCookie("session"),
      challenge: { realm: "orders" },
      unavailable: new Response(null, { status: 502 }),
      name: "others",
    }),
    third: introspection(context, {
      upstream: "login",
      path: "/",
      client: authorizedClient("Bearer a"),
      name: "third",
    }),
  }),

  async onRequest(request, context) {
    const { tokens, others } = context.resources;
    const token = await tokens.verifyRequest(request);
    if (!token.verified) {
      exactType<IntrospectionError>()(token);
      exactType<number | undefined>()(token.answer?.status);
      return token.response();
    }
    exactType<IntrospectedToken>()(token);
    exactType<readonly string[]>()(token.scopes);
    exactType<unknown>()(token.claims["sub"]);
    setAuthentication(context, token.authentication);
    exactType<IntrospectedToken>()(await others.verify("a"));
    others.source.remove(request);
    exactType<Response | undefined>()(requireScopes(context, ["a"], { match: "any", challenge: { realm: "b" } }));
    return requireScopes(context, "a b");
  },
});
