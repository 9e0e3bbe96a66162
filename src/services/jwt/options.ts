/** What a verifier is made with, checked. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { textOf } from "../../thrown.js";
import type { JwtAlgorithm } from "./algorithms.js";
import { type ClaimRules, plainType } from "./claim-rules.js";
import type { IssuerOptions, JwtVerifierOptions } from "./jwt.js";
import type { KeySource } from "./keys/key-source.js";

const mostKeys = 8;
const longestTime = 10 * 365 * 86_400_000;

/** An issuer, its keys not opened. */
export interface CheckedIssuer {
  readonly sources: readonly KeySource[];
  readonly algorithms: readonly JwtAlgorithm[];
  readonly rules: ClaimRules;
  /** For messages. */
  readonly what: string;
}

/** @throws SluiceError `JWT_OPTIONS` */
export function checkedIssuers(options: JwtVerifierOptions<unknown>): CheckedIssuer[] {
  if (typeof options !== "object" || options === null) {
    throw refused("options", "an object", options);
  }
  if (!("issuers" in options)) {
    return [checkedIssuer(options, "")];
  }
  const { issuers } = options;
  list("issuers", issuers, 1, 64, "issuers", Boolean);
  const checked = issuers.map((issuer, index) => {
    text(`issuers[${index}].issuer`, issuer.issuer);
    return checkedIssuer(issuer, `issuers[${index}].`);
  });
  issuers.forEach(({ issuer }, index) => {
    if (issuers.findIndex((other) => other.issuer === issuer) !== index) {
      throw refused(`issuers[${index}].issuer`, "an issuer that no other one is", issuer);
    }
  });
  return checked;
}

function checkedIssuer(options: IssuerOptions, what: string): CheckedIssuer {
  const { keys, algorithms, issuer, audience, clockTolerance = 0, maxAge, typ, requiredClaims = ["exp"] } = options;
  const sources = Array.isArray(keys) ? (keys as readonly KeySource[]) : [keys as KeySource];
  const audiences = typeof audience === "string" ? [audience] : audience;
  const isSource = (source: unknown): boolean => typeof (source as KeySource | undefined)?.open === "function";
  const isAlgorithm = (each: unknown): boolean => typeof (each as JwtAlgorithm | undefined)?.parameters === "object";
  list(`${what}keys`, sources, 1, mostKeys, "keys such as pemKey(…), secretKey(…) or jwkSet(…)", isSource);
  list(`${what}algorithms`, algorithms, 1, 16, 'algorithms of "sluice/jwt", such as RS256', isAlgorithm);
  list(`${what}requiredClaims`, requiredClaims, 0);
  if (audiences !== undefined) {
    list(`${what}audience`, audiences, 1);
  }
  for (const [name, value] of Object.entries({ issuer, typ })) {
    if (value !== undefined) {
      text(what + name, value);
    }
  }
  return {
    sources,
    algorithms,
    what,
    rules: {
      issuer,
      audiences,
      tolerance: time(`${what}clockTolerance`, clockTolerance, 0),
      maxAge: maxAge === undefined ? undefined : time(`${what}maxAge`, maxAge, 1),
      required: requiredClaims,
      typ: typ === undefined ? undefined : plainType(typ),
    },
  };
}

export function whole(what: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw refused(what, `a whole number from ${least} to ${most}`, value);
  }
  return value;
}

export function time(what: string, given: unknown, least: number, most = longestTime): number {
  const milliseconds = millisecondsOf(given);
  if (!(milliseconds >= least && milliseconds <= most)) {
    throw refused(what, `${durationExpected} from ${least} to ${most} ms`, given);
  }
  return milliseconds;
}

export function text(what: string, value: unknown): void {
  if (!isText(value)) {
    throw refused(what, "a text", value);
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function list(
  what: string,
  value: readonly unknown[],
  least: number,
  most = 64,
  members = "texts",
  isMember: (value: unknown) => boolean = isText,
): void {
  if (!Array.isArray(value) || value.length < least || value.length > most || !value.every(isMember)) {
    const got = Array.isArray(value) ? `a list of ${value.length}` : typeof value;
    throw refused(what, `a list of ${least} to ${most} ${members}`, got);
  }
}

export function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("JWT_OPTIONS", `jwtVerifier(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
