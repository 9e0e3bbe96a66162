/** A token that is what it says. */
import { scopesOf } from "../oauth-scopes/scopes.js";
import type { JwtClaims, JwtHeader, VerifiedJwt } from "./jwt.js";

/** @param claims what the token says; `output`: what a schema has made of that */
export function verifiedJwt(
  header: JwtHeader,
  claims: JwtClaims,
  output: unknown,
  expiresAt: number,
): VerifiedJwt<unknown> {
  const { scope, scp } = claims;
  const scopes = Object.freeze(scopesOf({ scope, scp }));
  return Object.freeze({
    verified: true,
    // What engines read of tokens is frozen already.
    claims: output === claims ? output : frozen(output),
    header,
    scopes,
    expiresAt: expiresAt === Infinity ? undefined : expiresAt,
    authentication: Object.freeze({
      principal: claims.sub,
      clientId: textOf(claims["client_id"]) ?? textOf(claims["azp"]),
      properties: Object.freeze({ scopes, claims }),
    }),
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** All requests of the token are given the same object. */
function frozen(value: unknown): unknown {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "object" && next !== null && !Object.isFrozen(next)) {
      left.push(...(Object.values(Object.freeze(next)) as unknown[]));
    }
  }
  return value;
}
