import { definePolicy, Response, SluiceError } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { firstOf, fromCookie, fromHeader, fromQuery } from "sluice/bearer";
import { claimHeaders } from "sluice/claim-headers";
import {
  discoveredKeys,
  dpopProofs,
  ES256,
  HS256,
  HS512,
  type JwtVerifierOptions,
  jwkSet,
  jwtVerifier,
  pemKey,
  RS256,
  secretKey,
  signJwt,
  upstreamKeys,
} from "sluice/jwt";
import * as v from "valibot";

const algorithms = { HS256, HS512, RS256, ES256 };
const text = v.optional(v.string());

/**
 * Verifies tokens as its configuration says, and tells the upstream who calls, in `x-sub` and `x-scopes`. With `sign` it answers with a token
 * of its own.
 */
export default definePolicy({
  config: v.object({
    secret: text,
    pem: text,
    jwks: text,
    fetched: v.optional(v.looseObject({ upstream: v.string() })),
    discovered: v.optional(v.looseObject({})),
    dpop: v.optional(v.looseObject({})),
    sign: text,
    optional: v.optional(v.boolean(), false),
    algorithms: v.optional(v.array(v.picklist(["HS256", "HS512", "RS256", "ES256"])), ["HS256"]),
    anywhere: v.optional(v.boolean(), false),
    rules: v.optional(v.looseObject({}), {}),
    issuers: v.optional(v.array(v.object({ issuer: v.string(), secret: v.string() }))),
  }),

  async configure(context) {
    const { config } = context;
    if (config.sign !== undefined) {
      const key = config.secret ?? "";
      return { tokens: undefined, signed: await signJwt({ sub: config.sign }, { algorithm: HS256, key, kid: "own" }) };
    }
    const given = {
      algorithms: config.algorithms.map((name) => algorithms[name]),
      keys: [
        ...(config.secret === undefined ? [] : [secretKey(config.secret)]),
        ...(config.pem === undefined ? [] : [pemKey(config.pem)]),
        ...(config.jwks === undefined ? [] : [jwkSet(config.jwks)]),
        ...(config.fetched === undefined ? [] : [upstreamKeys(config.fetched)]),
        ...(config.discovered === undefined ? [] : [discoveredKeys(config.discovered)]),
      ],
    };
    const issuers = config.issuers?.map(({ issuer, secret }) => ({ ...given, issuer, keys: secretKey(secret) }));
    const tokens = await jwtVerifier(context, {
      ...(issuers === undefined ? given : { issuers }),
      ...(config.anywhere ? { source: firstOf(fromHeader(), fromCookie("sid"), fromQuery()) } : {}),
      ...(config.dpop === undefined
        ? {}
        : {
            source: firstOf(fromHeader("authorization", "DPoP"), fromHeader()),
            dpop: dpopProofs(context, { algorithms: [ES256], ...config.dpop }),
          }),
      ...config.rules,
      optional: config.optional,
    } as JwtVerifierOptions & { optional: true });
    return { tokens, signed: undefined, fields: claimHeaders({ "x-sub": "sub" }) };
  },

  async onRequest(request, context) {
    const { tokens, signed, fields } = context.resources;
    if (tokens === undefined) {
      return new Response(signed);
    }
    const token = await tokens.verifyRequest(request, context);
    if (token === undefined) {
      fields.clear(request.headers);
      return undefined;
    }
    if (token instanceof SluiceError) {
      return token.response().withHeaders([["x-code", token.code]]);
    }
    fields.set(request.headers, token.claims);
    request.headers.set("x-scopes", token.scopes.join(" "));
    setAuthentication(context, token.authentication);
    return undefined;
  },
});
