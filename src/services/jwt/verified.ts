/** A token that is what it says. */
import type { JwtClaims, JwtHeader, VerifiedJwt } from "./jwt.js";

/** @param claims what the token says; `output`: what a schema has made of that */
export function verifiedJwt(
  header: JwtHeader,
  claims: JwtClaims,
  output: unknown,
  expiresAt: number,
): VerifiedJwt<unknown> {
  const scopes = scopesOf(claims);
  return frozen({
    verified: true,
    claims: output,
    header,
    scopes,
    expiresAt: expiresAt === Infinity ? undefined : expiresAt,
    authentication: {
      principal: claims.sub,
      clientId: textOf(claims["client_id"]) ?? textOf(claims["azp"]),
      properties: { scopes, claims },
    },
  });
}

/** RFC 8693 section 4.2; `scp` is what others call it. */
function scopesOf(claims: JwtClaims): readonly string[] {
  const scopes = claims["scope"] ?? claims["scp"];
  if (typeof scopes === "string") {
    return scopes.split(" ").filter((scope) => scope !== "");
  }
  return Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === "string") : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** All requests of the token are given the same object. */
function frozen<T extends object>(value: T): T {
  const left: object[] = [value];
  while (left.length > 0) {
    const next = left.pop()!;
    if (!Object.isFrozen(next)) {
      Object.freeze(next);
      for (const member of Object.values(next)) {
        if (typeof member === "object" && member !== null) {
          left.push(member as object);
        }
      }
    }
  }
  return value;
}
