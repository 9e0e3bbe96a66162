/** What the claims of a token have to say: RFC 7519 section 4.1. */
import type { IssuerOptions, JwtClaims, JwtHeader } from "./jwt.js";
import type { JwtErrorCode } from "./jwt-error.js";

/** The end of the year 9999 in seconds: whatever is later is no date. */
const latest = 253_402_300_799;

/** The rules of an issuer, times in milliseconds. */
export interface ClaimRules extends Pick<IssuerOptions, "issuer"> {
  readonly audiences: readonly string[] | undefined;
  readonly tolerance: number;
  readonly maxAge: number | undefined;
  readonly required: readonly string[];
  /** In lower case, without `application/`. */
  readonly typ: string | undefined;
}

/** Why a token is refused at this time; undefined: it is not. */
export function brokenRule(
  rules: ClaimRules,
  header: JwtHeader,
  claims: JwtClaims,
  now: number,
): JwtErrorCode | undefined {
  const { tolerance, maxAge, audiences } = rules;
  if (!hasForm(claims) || lacksOne(claims, rules.required)) {
    return "JWT_CLAIMS";
  }
  if (rules.typ !== undefined && (header.typ === undefined || plainType(header.typ) !== rules.typ)) {
    return "JWT_TYPE";
  }
  if (rules.issuer !== undefined && claims.iss !== rules.issuer) {
    return "JWT_ISSUER";
  }
  if (audiences !== undefined && !isFor(claims.aud, audiences)) {
    return "JWT_AUDIENCE";
  }
  const { exp, nbf, iat } = claims;
  if (exp !== undefined && now >= exp * 1_000 + tolerance) {
    return "JWT_EXPIRED";
  }
  if (nbf !== undefined && now < nbf * 1_000 - tolerance) {
    return "JWT_NOT_YET_VALID";
  }
  if (maxAge === undefined) {
    return undefined;
  }
  if (iat === undefined) {
    return "JWT_CLAIMS";
  }
  if (now < iat * 1_000 - tolerance) {
    return "JWT_NOT_YET_VALID";
  }
  return now > iat * 1_000 + maxAge + tolerance ? "JWT_TOO_OLD" : undefined;
}

/** Milliseconds since the epoch until which a token that breaks no rule does not. */
export function endOf({ tolerance, maxAge }: ClaimRules, { exp, iat }: JwtClaims): number {
  return Math.min(
    exp === undefined ? Infinity : exp * 1_000 + tolerance,
    maxAge === undefined || iat === undefined ? Infinity : iat * 1_000 + maxAge + tolerance,
  );
}

/** RFC 7515 section 4.1.9. */
export function plainType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith("application/") ? lower.slice("application/".length) : lower;
}

/** The registered claims are of their types. */
function hasForm(claims: JwtClaims): boolean {
  const { aud } = claims;
  return (
    isText(claims.iss) &&
    isText(claims.sub) &&
    isText(claims.jti) &&
    isDate(claims.exp) &&
    isDate(claims.nbf) &&
    isDate(claims.iat) &&
    (aud === undefined ||
      typeof aud === "string" ||
      (Array.isArray(aud) && aud.every((each) => typeof each === "string")))
  );
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isDate(value: unknown): boolean {
  return value === undefined || (typeof value === "number" && value >= 0 && value <= latest);
}

function lacksOne(claims: JwtClaims, required: readonly string[]): boolean {
  for (let index = 0; index < required.length; index++) {
    const claim = claims[required[index]!];
    if (claim === undefined || claim === null) {
      return true;
    }
  }
  return false;
}

function isFor(aud: JwtClaims["aud"], audiences: readonly string[]): boolean {
  return typeof aud === "string" ? audiences.includes(aud) : aud?.some((each) => audiences.includes(each)) === true;
}
