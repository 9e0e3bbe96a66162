/** The verification of tokens, straight on `crypto.subtle`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { StreamProperties } from "../../policy/context.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { TokenSource } from "../bearer/index.js";
import type { Cache } from "../cache/index.js";
import { type JwtAlgorithm, subtle } from "./algorithms.js";
import { brokenRule, type ClaimRules, endOf } from "./claim-rules.js";
import type { JwtClaims, JwtHeader, JwtVerifier, VerifiedJwt, VerifiedRequest } from "./jwt.js";
import type { JwtError, JwtErrorCode } from "./jwt-error.js";
import type { KeySet, VerifyKey } from "./keys/key-source.js";
import { objectOf } from "./strict-json.js";
import { headerOf, partsOf, type TokenParts } from "./token-parts.js";
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
) => JwtErrorCode | undefined | Promise<JwtErrorCode | undefined>;

/** What a verifier consists of. */
export interface VerifierParts {
  readonly now: () => number;
  readonly source: TokenSource;
  readonly issuers: readonly Issuer[];
  readonly maxLength: number;
  readonly schema: StandardSchemaV1 | undefined;
  readonly optional: boolean;
  /** Verified tokens by what requests have sent; undefined: none are kept. */
  readonly good: Cache<KeptToken> | undefined;
  /** Why others were refused a moment ago. They have a cache of their own, so that they drive out no good one. */
  readonly bad: Cache<JwtError>;
  readonly errors: (code: JwtErrorCode) => JwtError;
  readonly binding: Binding;
  /** `binding` has a say about tokens that are bound to nothing, too: their `cnf` is null. */
  readonly bindsAll: boolean;
}

/** What is known of a token before its signature is looked at. */
interface Begun {
  readonly parts: TokenParts;
  readonly header: JwtHeader;
  readonly issuer: Issuer;
  readonly algorithm: JwtAlgorithm;
}

/** Headers of tokens that were verified: an issuer has as many as it has keys. */
const mostHeaders = 32;
/** Milliseconds: a token without an end is looked at again after so long. */
const longestKept = 300_000;
const badKept = 10_000;
/** Time or new keys may change these. */
const passing: readonly JwtErrorCode[] = ["JWT_NOT_YET_VALID", "JWT_KEY_UNKNOWN", "JWT_KEYS_UNAVAILABLE"];

export class Verifier implements JwtVerifier<unknown, undefined> {
  readonly source: TokenSource;
  private readonly parts: VerifierParts;
  private readonly headers = new Map<string, JwtHeader>();
  private readonly missing: KitPromise<Result>;

  constructor(parts: VerifierParts) {
    this.parts = parts;
    this.source = parts.source;
    this.missing = KitPromise.resolved<Result>(parts.optional ? undefined : parts.errors("JWT_MISSING"));
  }

  verifyRequest(request: VerifiedRequest, context: FilterContext): Promise<Result> {
    const { source, good, bad, maxLength } = this.parts;
    const sent = source.read(request);
    if (sent === undefined) {
      return this.missing;
    }
    if (sent === null) {
      return this.refused("JWT_SEVERAL");
    }
    const kept = good?.get(sent);
    if (kept !== undefined) {
      return kept.cnf === undefined ? kept.promise : this.bound(kept, source.tokenIn(sent)!, request, context);
    }
    const token = source.tokenIn(sent);
    if (token === undefined) {
      return this.missing;
    }
    const begun = token.length > maxLength ? "JWT_TOO_LARGE" : this.begin(token);
    if (typeof begun === "string") {
      return this.refused(begun);
    }
    const why = bad.get(sent);
    return why === undefined ? this.finish(begun, sent, token, request, context) : KitPromise.resolved<Result>(why);
  }

  async verify(token: string): Promise<Verified> {
    const begun =
      typeof token !== "string"
        ? "JWT_MALFORMED"
        : token.length > this.parts.maxLength
          ? "JWT_TOO_LARGE"
          : this.begin(token);
    const kept = typeof begun === "string" ? begun : await this.check(begun);
    if (typeof kept === "string") {
      throw this.parts.errors(kept);
    }
    return kept.token;
  }

  private refused(code: JwtErrorCode): KitPromise<Result> {
    return KitPromise.resolved<Result>(this.parts.errors(code));
  }

  /** What needs no signature: a malformed token costs no more than that. */
  private begin(token: string): Begun | JwtErrorCode {
    const parts = partsOf(token);
    if (parts === undefined) {
      return "JWT_MALFORMED";
    }
    const header = this.headers.get(parts.header) ?? headerOf(parts.header);
    if (typeof header === "string") {
      return header === "malformed" ? "JWT_MALFORMED" : "JWT_UNSUPPORTED";
    }
    const { issuers } = this.parts;
    let issuer = issuers[0]!;
    if (issuers.length > 1) {
      const claims = objectOf(parts.payload);
      if (claims === undefined) {
        return "JWT_MALFORMED";
      }
      const named = issuers.find(({ rules }) => rules.issuer === claims["iss"]);
      if (named === undefined) {
        return "JWT_ISSUER";
      }
      issuer = named;
    }
    const algorithm = issuer.algorithms.find(({ name }) => name === header.alg);
    return algorithm === undefined ? "JWT_ALGORITHM" : { parts, header, issuer, algorithm };
  }

  private async finish(
    begun: Begun,
    sent: string,
    token: string,
    request: VerifiedRequest,
    context: FilterContext,
  ): Promise<Result> {
    const { good, bad, errors, now } = this.parts;
    const kept = await this.check(begun);
    if (typeof kept === "string") {
      const error = errors(kept);
      if (!passing.includes(kept)) {
        bad.set(sent, error, { ttl: badKept });
      }
      return error;
    }
    const { expiresAt } = kept.token;
    good?.set(sent, kept, { ttl: expiresAt === undefined ? longestKept : Math.min(expiresAt - now(), longestTtl) });
    return kept.cnf === undefined ? kept.token : this.bound(kept, token, request, context);
  }

  /** The token, if it is what it says. */
  private async check({ parts, header, issuer, algorithm }: Begun): Promise<KeptToken | JwtErrorCode> {
    const refusal = await this.checkSignature(parts, header, issuer, algorithm);
    if (refusal !== undefined) {
      return refusal;
    }
    const claims = objectOf(parts.payload) as JwtClaims | undefined;
    if (claims === undefined) {
      return "JWT_MALFORMED";
    }
    const broken = brokenRule(issuer.rules, header, claims, this.parts.now());
    if (broken !== undefined) {
      return broken;
    }
    const output = this.outputOf(claims);
    if (output === undefined) {
      return "JWT_CLAIMS";
    }
    if (this.headers.size < mostHeaders) {
      this.headers.set(parts.header, header);
    }
    const token = verifiedJwt(header, claims, output.value, endOf(issuer.rules, claims));
    return {
      token,
      cnf: claims["cnf"] ?? (this.parts.bindsAll ? null : undefined),
      promise: KitPromise.resolved<Result>(token),
    };
  }

  private async checkSignature(
    parts: TokenParts,
    { kid }: JwtHeader,
    { keys: sets }: Issuer,
    algorithm: JwtAlgorithm,
  ): Promise<JwtErrorCode | undefined> {
    const signed = new TextEncoder().encode(parts.signed);
    let refusal: JwtErrorCode = "JWT_KEY_UNKNOWN";
    for (const set of sets) {
      const found = set.find(algorithm, kid);
      const keys = found === undefined || isList(found) ? found : await found;
      if (keys === undefined) {
        refusal = refusal === "JWT_KEY_UNKNOWN" ? "JWT_KEYS_UNAVAILABLE" : refusal;
        continue;
      }
      for (const { key } of keys) {
        if (await subtle().verify(algorithm.parameters, key, parts.signature, signed)) {
          return undefined;
        }
        refusal = "JWT_SIGNATURE";
      }
    }
    return refusal;
  }

  /** What the schema makes of the claims; undefined: they do not fit. */
  private outputOf(claims: JwtClaims): { readonly value: unknown } | undefined {
    const { schema } = this.parts;
    if (schema === undefined) {
      return { value: claims };
    }
    const result = schema["~standard"].validate(claims);
    return "value" in result && result.issues === undefined ? result : undefined;
  }

  private bound(kept: KeptToken, token: string, request: VerifiedRequest, context: FilterContext): Promise<Result> {
    const refusal = this.parts.binding(kept.cnf, token, request, context);
    if (refusal === undefined) {
      return kept.promise;
    }
    return typeof refusal === "string"
      ? this.refused(refusal)
      : refusal.then((code) => (code === undefined ? kept.token : this.parts.errors(code)));
  }
}

/** Caches take no longer time. */
const longestTtl = 31_536_000_000;

function isList(found: readonly VerifyKey[] | Promise<unknown>): found is readonly VerifyKey[] {
  return Array.isArray(found);
}

hideFields(Verifier);
