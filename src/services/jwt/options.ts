/** What a verifier is made with, checked. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { textOf } from "../../thrown.js";
import type { JwtAlgorithm } from "./algorithms.js";
import { type ClaimRules, plainType } from "./claim-rules.js";
import type { IssuerOptions, JwtVerifierOptions } from "./jwt.js";
import type { KeySource } from "./keys/key-source.js";

const longestTime = 10 * 365 * 86_400_000;
const mostKeys = 8;

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
  list("issuers", issuers, 1, 64);
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
  list(`${what}keys`, sources, 1, mostKeys);
  if (!sources.every((source) => typeof (source as KeySource | undefined)?.open === "function")) {
    throw refused(`${what}keys`, "keys such as pemKey(…), secretKey(…) or jwkSet(…)", "something else");
  }
  list(`${what}algorithms`, algorithms, 1, 16);
  if (!algorithms.every((algorithm) => typeof (algorithm as JwtAlgorithm | undefined)?.parameters === "object")) {
    throw refused(`${what}algorithms`, 'algorithms of "sluice/jwt", such as RS256', "something else");
  }
  if (issuer !== undefined) {
    text(`${what}issuer`, issuer);
  }
  const audiences = audience === undefined || typeof audience !== "string" ? audience : [audience];
  if (audiences !== undefined) {
    list(`${what}audience`, audiences, 1, 64);
    audiences.forEach((each) => {
      text(`${what}audience`, each);
    });
  }
  list(`${what}requiredClaims`, requiredClaims, 0, 64);
  requiredClaims.forEach((each) => {
    text(`${what}requiredClaims`, each);
  });
  if (typ !== undefined) {
    text(`${what}typ`, typ);
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
  if (typeof value !== "string" || value === "") {
    throw refused(what, "a text", value);
  }
}

function list(what: string, value: readonly unknown[], least: number, most: number): void {
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw refused(what, `a list of ${least} to ${most}`, Array.isArray(value) ? `${value.length}` : typeof value);
  }
}

export function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("JWT_OPTIONS", `jwtVerifier(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
