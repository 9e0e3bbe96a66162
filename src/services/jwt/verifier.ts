/** The verification of tokens: in one go, unless keys have to be fetched. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { FindFresh, JwsFunctions } from "../../abi/port.js";
import type { StreamProperties } from "../../policy/context.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { BearerAnswers, TokenSource } from "../bearer/index.js";
import type { JwtAlgorithm } from "./algorithms.js";
import { brokenRule, type ClaimRules, endOf } from "./claim-rules.js";
import type { JwtClaims, JwtHeader, JwtVerifier, VerifiedJwt, VerifiedRequest } from "./jwt.js";
import { JwtError, type JwtErrorCode } from "./jwt-error.js";
import type { Found, KeySet } from "./keys/key-source.js";
import type { TokenCache } from "./token-cache.js";
import { checkedHeader } from "./token-header.js";
import { verifiedJwt } from "./verified.js";

type Verified = VerifiedJwt<unknown>;
/** undefined: none was sent, and this verifier accepts that. */
type Result = Verified | JwtError | undefined;
type FilterContext = { readonly properties: StreamProperties };

/** An issuer whose tokens are accepted. */
export interface Issuer {
  readonly algorithms: readonly JwtAlgorithm[];
  readonly keys: readonly KeySet[];
  readonly rules: ClaimRules;
}

/** A verified token, as it is kept. */
export interface KeptToken {
  readonly token: Verified;
  /** What it is bound to; undefined: whoever has it may use it. */
  readonly cnf: unknown;
  /** Of the token, for those who wait for nothing. */
  readonly promise: KitPromise<Result>;
}

/** Why a verified token is refused all the same: it is bound to what this request does not have. */
export type Binding = (
  cnf: unknown,
  token: string,
  request: VerifiedRequest,
  context: FilterContext,
) => JwtErrorCode | undefined | Promise<JwtErrorCode | JwtError | undefined>;

/** What a verifier consists of. */
export interface VerifierParts {
  readonly now: () => number;
  readonly jws: JwsFunctions;
  readonly find: FindFresh;
  readonly source: TokenSource;
  readonly issuers: readonly Issuer[];
  readonly maxLength: number;
  readonly schema: StandardSchemaV1 | undefined;
  readonly optional: boolean;
  /** Verified tokens by what requests have sent. */
  readonly good: TokenCache<KeptToken>;
  /** Why others were refused a moment ago. They have a cache of their own, so that they drive out no good one. */
  readonly bad: TokenCache<KitPromise<Result>>;
  readonly answers: BearerAnswers;
  readonly binding: Binding;
  /** `binding` has a say about tokens that are bound to nothing, too: their `cnf` is null. */
  readonly bindsAll: boolean;
}

/** What is known of a token before its signature is looked at. */
interface Begun {
  /** The header's, as it is written. */
  readonly part: string;
  readonly header: JwtHeader;
  readonly signed: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** Where they had to be read to know the issuer. */
  readonly claims: JwtClaims | undefined;
  readonly issuer: Issuer;
  readonly algorithm: JwtAlgorithm;
}

/** Headers of tokens that were verified: an issuer has as many as it has keys. */
const mostHeaders = 32;
/** Milliseconds: a token without an end is looked at again after so long. */
const longestKept = 300_000;
const badKept = 10_000;
const bytesOfCharacter = 8;
/** Characters in front of a token. What is longer with them is not looked for among those that are kept. */
const longestPrefix = 256;
/** Time or new keys may change these. */
const passing: readonly JwtErrorCode[] = ["JWT_NOT_YET_VALID", "JWT_KEY_UNKNOWN", "JWT_KEYS_UNAVAILABLE"];

export class Verifier implements JwtVerifier<unknown, undefined> {
  declare readonly source: TokenSource;
  declare private readonly parts: VerifierParts;
  declare private readonly find: FindFresh;
  declare private readonly kept: TokenCache<KeptToken>["byKey"];
  declare private readonly longest: number;
  private readonly headers = new Map<string, JwtHeader>();
  /** What is given to all that are refused for the same reason. */
  private readonly refusals: Partial<Record<JwtErrorCode, KitPromise<Result>>> = {};

  constructor(parts: VerifierParts) {
    this.parts = parts;
    this.source = parts.source;
    this.find = parts.find;
    this.kept = parts.good.byKey;
    this.longest = parts.maxLength + longestPrefix;
    if (parts.optional) {
      this.refusals.JWT_MISSING = KitPromise.resolved<Result>(undefined);
    }
  }

  verifyRequest(request: VerifiedRequest, context: FilterContext): Promise<Result> {
    const sent = this.source.read(request);
    if (typeof sent !== "string") {
      return this.refused(sent === undefined ? "JWT_MISSING" : "JWT_SEVERAL");
    }
    const kept = sent.length > this.longest ? undefined : this.find(this.kept, sent);
    if (kept === undefined) {
      return this.verifySent(sent, request, context);
    }
    const { cnf, promise } = kept.value;
    return cnf === undefined ? promise : this.bound(kept.value, this.source.tokenIn(sent)!, request, context);
  }

  async verify(token: string): Promise<Verified> {
    const begun = typeof token === "string" ? this.begin(token) : "JWT_MALFORMED";
    const kept = typeof begun === "string" ? begun : await this.check(begun);
    if (typeof kept === "string") {
      // oxlint-disable-next-line typescript/only-throw-error -- it is a JwtError
      throw await this.refused(kept);
    }
    return kept.token;
  }

  private refused(code: JwtErrorCode): KitPromise<Result> {
    return (this.refusals[code] ??= KitPromise.resolved<Result>(new JwtError(code, this.parts.answers)));
  }

  private verifySent(sent: string, request: VerifiedRequest, context: FilterContext): Promise<Result> {
    const token = this.source.tokenIn(sent);
    if (token === undefined) {
      return this.refused("JWT_MISSING");
    }
    const begun = this.begin(token);
    if (typeof begun === "string") {
      return this.refused(begun);
    }
    const why = this.find(this.parts.bad.byKey, sent);
    if (why !== undefined) {
      return why.value;
    }
    try {
      const kept = this.check(begun);
      return typeof kept === "string" || "token" in kept
        ? this.finish(kept, sent, token, request, context)
        : kept.then((checked) => this.finish(checked, sent, token, request, context));
    } catch (error) {
      return KitPromise.rejected(error);
    }
  }

  /** What needs no signature: a malformed token costs no more than that. */
  private begin(token: string): Begun | JwtErrorCode {
    const { jws, issuers, maxLength } = this.parts;
    if (token.length > maxLength) {
      return "JWT_TOO_LARGE";
    }
    const split = jws.split(token);
    if (split === undefined) {
      return "JWT_MALFORMED";
    }
    const part = split[0];
    const payload = split[2];
    const header = this.headers.get(part) ?? checkedHeader(jws.parse(part));
    if (typeof header === "string") {
      return header;
    }
    let claims: JwtClaims | undefined;
    let issuer = issuers[0]!;
    if (issuers.length > 1) {
      claims = jws.parse(payload);
      if (claims === undefined) {
        return "JWT_MALFORMED";
      }
      const { iss } = claims;
      const named = issuers.find(({ rules }) => rules.issuer === iss);
      if (named === undefined) {
        return "JWT_ISSUER";
      }
      issuer = named;
    }
    const algorithm = algorithmNamed(issuer.algorithms, header.alg);
    return algorithm === undefined
      ? "JWT_ALGORITHM"
      : { part, header, signed: split[1], payload, signature: split[3], claims, issuer, algorithm };
  }

  private finish(
    kept: KeptToken | JwtErrorCode,
    sent: string,
    token: string,
    request: VerifiedRequest,
    context: FilterContext,
  ): Promise<Result> {
    const { good, bad, now } = this.parts;
    if (typeof kept === "string") {
      const refused = this.refused(kept);
      if (!passing.includes(kept)) {
        bad.set(sent, refused, now() + badKept, 0);
      }
      return refused;
    }
    // What is parsed takes some times what is written.
    good.set(sent, kept, kept.token.expiresAt ?? now() + longestKept, bytesOfCharacter * token.length);
    return kept.cnf === undefined ? kept.promise : this.bound(kept, token, request, context);
  }

  /** The token, if it is what it says. */
  private check(begun: Begun): KeptToken | JwtErrorCode | Promise<KeptToken | JwtErrorCode> {
    const refusal = this.signatureRefusal(begun, 0, "JWT_KEY_UNKNOWN");
    return refusal === undefined || typeof refusal === "string"
      ? (refusal ?? this.read(begun))
      : refusal.then((code) => code ?? this.read(begun));
  }

  /** Why no key of these sources verifies the token; undefined: one does. */
  private signatureRefusal(begun: Begun, from: number, before: JwtErrorCode): Refusal | Promise<Refusal> {
    const { issuer, algorithm, header } = begun;
    let refusal: Refusal = before;
    for (let index = from; index < issuer.keys.length; index++) {
      const found = issuer.keys[index]!.find(algorithm, header.kid);
      if (found !== undefined && "then" in found) {
        const sofar = refusal;
        return found.then((keys) => {
          const next = refusalOf(keys, begun, sofar);
          return next === undefined ? undefined : this.signatureRefusal(begun, index + 1, next);
        });
      }
      refusal = refusalOf(found, begun, refusal);
      if (refusal === undefined) {
        return undefined;
      }
    }
    return refusal;
  }

  /** What a token says whose signature is right. */
  private read({ part, header, payload, issuer, claims: known }: Begun): KeptToken | JwtErrorCode {
    const claims = known ?? this.parts.jws.parse(payload);
    if (claims === undefined) {
      return "JWT_MALFORMED";
    }
    const broken = brokenRule(issuer.rules, header, claims, this.parts.now());
    if (broken !== undefined) {
      return broken;
    }
    const { schema } = this.parts;
    const output = schema === undefined ? claims : outputOf(schema, claims);
    if (output === noOutput) {
      return "JWT_CLAIMS";
    }
    if (this.headers.size < mostHeaders) {
      this.headers.set(part, header);
    }
    const token = verifiedJwt(header, claims, output, endOf(issuer.rules, claims));
    return {
      token,
      cnf: claims["cnf"] ?? (this.parts.bindsAll ? null : undefined),
      promise: KitPromise.resolved<Result>(token),
    };
  }

  private bound(kept: KeptToken, token: string, request: VerifiedRequest, context: FilterContext): Promise<Result> {
    const refusal = this.parts.binding(kept.cnf, token, request, context);
    if (refusal === undefined) {
      return kept.promise;
    }
    return typeof refusal === "string"
      ? this.refused(refusal)
      : refusal.then((code) => (typeof code === "string" ? this.refused(code) : (code ?? kept.promise)));
  }
}

type Refusal = JwtErrorCode | undefined;

function refusalOf(keys: Found, { signature, signed }: Begun, before: JwtErrorCode): Refusal {
  if (keys === undefined) {
    return before === "JWT_KEY_UNKNOWN" ? "JWT_KEYS_UNAVAILABLE" : before;
  }
  let refusal = before;
  for (let index = 0; index < keys.length; index++) {
    if (keys[index]!.key.verify(signature, signed)) {
      return undefined;
    }
    refusal = "JWT_SIGNATURE";
  }
  return refusal;
}

function algorithmNamed(algorithms: readonly JwtAlgorithm[], name: string): JwtAlgorithm | undefined {
  for (let index = 0; index < algorithms.length; index++) {
    if (algorithms[index]!.name === name) {
      return algorithms[index];
    }
  }
  return undefined;
}

const noOutput = Symbol();

/** What the schema makes of the claims; `noOutput`: they do not fit. */
function outputOf(schema: StandardSchemaV1, claims: JwtClaims): unknown {
  const result = schema["~standard"].validate(claims);
  return "value" in result && result.issues === undefined ? result.value : noOutput;
}

hideFields(Verifier);
