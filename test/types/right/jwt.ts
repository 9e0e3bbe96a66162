/** JSON Web Tokens. */
import { definePolicy, type Response } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { fromCookie } from "sluice/bearer";
import {
  discoveredKeys,
  dpopProofs,
  Ed25519,
  EdDSA,
  ES256,
  HS256,
  type JwtClaims,
  type JwtError,
  type JwtSigner,
  type JwtVerifier,
  jwkSet,
  jwtSigner,
  jwtVerifier,
  PS256,
  pemKey,
  RS256,
  secretKey,
  signJwt,
  upstreamKeys,
  type VerifiedJwt,
} from "sluice/jwt";
import { storage } from "sluice/storage";
import * as v from "valibot";
import { exactType } from "./exact-type.js";

interface Known {
  role: string;
}

export const policy = definePolicy({
  async configure(context) {
    const plain = await jwtVerifier(context, {
      keys: [
        pemKey("…"),
        jwkSet("…"),
        secretKey("…", { kid: "a" }),
        upstreamKeys({ upstream: "a", refresh: "5m" }),
        discoveredKeys(),
      ],
      algorithms: [RS256, ES256, HS256],
      issuer: "https://a",
      audience: ["b"],
      clockTolerance: "5s",
      maxAge: 60_000,
      requiredClaims: ["exp", "sub"],
      typ: "at+jwt",
      source: fromCookie("sid"),
      dpop: dpopProofs(context, {
        algorithms: [ES256, PS256, EdDSA, Ed25519],
        replays: storage(context, "dpop"),
        required: true,
        maxAge: "30s",
      }),
    });
    exactType<JwtVerifier>()(plain);
    const typed = await jwtVerifier(context, {
      issuers: [{ issuer: "https://a", keys: jwkSet({ keys: [{ kty: "RSA" }] }), algorithms: [RS256] }],
      claims: v.object({ role: v.string() }),
      optional: true,
    });
    const signer = await jwtSigner({ algorithm: ES256, key: "…" });
    exactType<JwtSigner>()(signer);
    exactType<string>()(await signJwt({ sub: "a", x: 1 }, { algorithm: HS256, key: "…", kid: "a", typ: "JWT" }));
    return { plain, typed };
  },

  async onRequest(request, context) {
    const { plain, typed } = context.resources;
    const token = await plain.verifyRequest(request, context);
    exactType<VerifiedJwt | JwtError>()(token);
    if (!token.verified) {
      exactType<Response>()(token.response());
      return token.response();
    }
    exactType<JwtClaims>()(token.claims);
    exactType<string | undefined>()(token.claims.sub);
    setAuthentication(context, token.authentication);
    const other = await typed.verifyRequest(request, context);
    exactType<VerifiedJwt<Known> | JwtError | undefined>()(other);
    if (other?.verified === true) {
      exactType<string>()(other.claims.role);
    }
    plain.source.remove(request);
    exactType<Known>()((await typed.verify("…")).claims);
    return undefined;
  },
});
