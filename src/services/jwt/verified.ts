/** A token that is what it says. */
import type { JwtClaims, JwtHeader, VerifiedJwt } from "./jwt.js";

/** @param claims what the token says; `output`: what a schema has made of that */
export function verifiedJwt(
  header: JwtHeader,
  claims: JwtClaims,
  output: unknown,
  expiresAt: number,
): VerifiedJwt<unknown> {
  const scopes = Object.freeze(scopesOf(claims));
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

/** RFC 8693 section 4.2; `scp` is what others call it. */
function scopesOf(claims: JwtClaims): readonly string[] {
  const scopes = claims["scope"] ?? claims["scp"];
  if (typeof scopes === "string") {
    const list = scopes.split(" ");
    return list.includes("") ? list.filter((scope) => scope !== "") : list;
  }
  return Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === "string") : [];
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
