/** Answers of introspection endpoints (RFC 7662 section 2.2), and what becomes of them. */
import { fulfils, type ScopeMatch, scopesOf } from "../oauth-scopes/scopes.js";
import type { IntrospectedToken, IntrospectionClaims } from "./introspection.js";
import type { IntrospectionErrorCode } from "./introspection-error.js";

/** Which tokens are accepted. */
export interface TokenRules {
  readonly issuer: string | undefined;
  readonly audiences: readonly string[] | undefined;
  readonly scopes: readonly string[];
  readonly scopeMatch: ScopeMatch;
  /** Milliseconds. */
  readonly clockTolerance: number;
  readonly expiryClaim: string;
}

/**
 * The token, or why it is refused. What is not as RFC 7662 says, `active` that is anything but `true` among it, admits nobody.
 *
 * @param now milliseconds since the epoch
 */
export function judged(answer: unknown, rules: TokenRules, now: number): IntrospectedToken | IntrospectionErrorCode {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    return "INTROSPECTION_ANSWER";
  }
  const claims = answer as Readonly<Record<string, unknown>>;
  if (claims["active"] !== true) {
    return "TOKEN_INACTIVE";
  }
  const expiry = timeOf(claims, rules.expiryClaim);
  const start = timeOf(claims, "nbf");
  if (Number.isNaN(expiry) || Number.isNaN(start)) {
    return "INTROSPECTION_ANSWER";
  }
  const expiresAt = expiry === undefined ? undefined : expiry + rules.clockTolerance;
  if (expiresAt !== undefined && expiresAt <= now) {
    return "TOKEN_EXPIRED";
  }
  if (start !== undefined && start - rules.clockTolerance > now) {
    return "TOKEN_NOT_YET_VALID";
  }
  if (rules.issuer !== undefined && claims["iss"] !== rules.issuer) {
    return "TOKEN_ISSUER";
  }
  if (rules.audiences !== undefined && !isFor(claims["aud"], rules.audiences)) {
    return "TOKEN_AUDIENCE";
  }
  const scopes = scopesOf(claims);
  if (rules.scopes.length > 0 && !fulfils(scopes, rules.scopes, rules.scopeMatch)) {
    return "TOKEN_SCOPE";
  }
  return tokenOf(claims as IntrospectionClaims, scopes, expiresAt);
}

/** Milliseconds since the epoch; undefined: it is not there; NaN: it is no time. Some servers write numbers as texts, or with fractions. */
function timeOf(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined || value === null) {
    return undefined;
  }
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number * 1_000 : Number.NaN;
}

function isFor(audience: unknown, accepted: readonly string[]): boolean {
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  return audiences.some((each) => accepted.includes(each as string));
}

function tokenOf(
  claims: IntrospectionClaims,
  scopes: readonly string[],
  expiresAt: number | undefined,
): IntrospectedToken {
  const { sub, username, client_id: client, azp } = claims;
  return frozen({
    verified: true,
    claims,
    scopes,
    expiresAt,
    authentication: {
      principal: textOf(sub) ?? textOf(username),
      clientId: textOf(client) ?? textOf(azp),
      properties: { scopes, claims },
    },
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function frozen<T extends object>(value: T): T {
  if (!Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) {
      if (typeof member === "object" && member !== null) {
        frozen(member as object);
      }
    }
  }
  return value;
}
