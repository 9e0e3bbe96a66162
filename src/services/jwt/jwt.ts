/** What a verifier is made with, and what it gives. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { StreamProperties } from "../../policy/context.js";
import type { Duration } from "../../policy/duration.js";
import type { BearerAnswers, ChallengeOptions, TokenCarrier, TokenSource } from "../bearer/index.js";
import type { JwtAlgorithm } from "./algorithms.js";
import type { JwtError, JwtErrorCode } from "./jwt-error.js";
import type { KeySource } from "./keys/key-source.js";

/** Claims that every token may have (RFC 7519 section 4.1), those that are registered for OAuth (RFC 9068), and any others. */
export interface JwtClaims {
  /** Who issued it. */
  readonly iss?: string;
  /** Whom it is about. */
  readonly sub?: string;
  /** Whom it is for. */
  readonly aud?: string | readonly string[];
  /** Seconds since the epoch until which it may be used. */
  readonly exp?: number;
  /** Seconds since the epoch from which on it may be used. */
  readonly nbf?: number;
  /** Seconds since the epoch: when it was issued. */
  readonly iat?: number;
  /** Its own id. */
  readonly jti?: string;
  /** Any other claim. */
  readonly [name: string]: unknown;
}

/** A token's protected header. */
export interface JwtHeader {
  /** The algorithm of its signature. */
  readonly alg: string;
  /** Its type. */
  readonly typ?: string;
  /** The id of its key. */
  readonly kid?: string;
  /** Any other member. */
  readonly [name: string]: unknown;
}

/** A token that is what it says. It is frozen, and the same object for as long as the verifier keeps it. */
export interface VerifiedJwt<Claims = JwtClaims> {
  /** Told apart from a `JwtError`. */
  readonly verified: true;
  /** What it says; what the schema has made of it, where there is one. */
  readonly claims: Claims;
  /** Its header. */
  readonly header: JwtHeader;
  /** The scopes in `scope` or `scp`. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch until which it counts; undefined: it says no end. */
  readonly expiresAt: number | undefined;
  /** Who calls, for `setAuthentication`: the user, the application, and as properties `scopes` and `claims`. */
  readonly authentication: {
    /** `sub`. */
    readonly principal: string | undefined;
    /** `client_id`, or `azp`. */
    readonly clientId: string | undefined;
    /** Scopes and claims. */
    readonly properties: Readonly<Record<string, unknown>>;
  };
}

/** Verifies tokens. */
export interface JwtVerifier<Claims = JwtClaims, Missing = never> {
  /**
   * The token of a request, verified, or why it is refused. It is there at once for a token that was verified before.
   *
   * @param context that of the filter: it knows the connection, to whose certificate tokens may be bound
   */
  verifyRequest(
    request: VerifiedRequest,
    context: { readonly properties: StreamProperties },
  ): Promise<VerifiedJwt<Claims> | JwtError | Missing>;
  /**
   * A token alone. What it is bound to is not looked at.
   * @throws JwtError for one that is refused
   */
  verify(token: string): Promise<VerifiedJwt<Claims>>;
  /** Removes the token from a request, wherever it has it, so that the upstream does not get it. */
  readonly source: TokenSource;
}

/** What is looked at of a request. */
export interface VerifiedRequest extends TokenCarrier {
  /** Its method. */
  readonly method: string;
  /** Its scheme. */
  readonly scheme: string;
  /** Its host and port. */
  readonly authority: string;
}

/** Checks proofs: for `dpop` of a verifier's options. */
export interface ProofChecker {
  /** @internal */
  check(
    cnf: unknown,
    token: string,
    request: VerifiedRequest,
    answers: BearerAnswers,
  ): Promise<JwtErrorCode | JwtError | undefined> | JwtErrorCode | undefined;
  /** @internal Whether it is about what that says. */
  isAbout(cnf: unknown): boolean;
}

/** Which tokens of an issuer are accepted. */
export interface IssuerOptions {
  /** The keys that verify signatures. */
  readonly keys: KeySource | readonly KeySource[];
  /** The algorithms that are accepted: `RS256` and its like of `"sluice/jwt"`. There is no default. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** What `iss` has to be, exactly. */
  readonly issuer?: string | undefined;
  /** Of these `aud` has to have one. Without it any audience is accepted, and none: say it wherever an issuer has other resources. */
  readonly audience?: string | readonly string[] | undefined;
  /** How far clocks may differ; default 0. */
  readonly clockTolerance?: Duration | undefined;
  /** How long ago a token may have been issued (`iat`, which it then has to have). */
  readonly maxAge?: Duration | undefined;
  /** Claims that a token has to have; default `["exp"]`. */
  readonly requiredClaims?: readonly string[] | undefined;
  /** What `typ` has to be, such as `at+jwt` (RFC 9068), in any case and with or without `application/`. */
  readonly typ?: string | undefined;
}

/** How tokens are found, kept and refused, whoever issued them. */
export interface TokenOptions<Claims> {
  /** A Standard Schema, such as valibot's, of the claims: types them, and refuses those that do not fit. */
  readonly claims?: StandardSchemaV1<unknown, Claims> | undefined;
  /** Where requests have their tokens; default `fromHeader()`. */
  readonly source?: TokenSource | undefined;
  /** What answers to those say that are refused. */
  readonly challenge?: ChallengeOptions | undefined;
  /** How many characters a token may have; default 8,192. */
  readonly maxLength?: number | undefined;
  /** How many verified tokens are kept until they expire; default 1,000. 0: none. */
  readonly cacheEntries?: number | undefined;
  /** Checks proofs of DPoP: `dpopProofs(context, …)`. Without it tokens that are bound to a key in this way are refused. */
  readonly dpop?: ProofChecker | undefined;
  /**
   * Accepts tokens that are bound to a key of the client (`cnf`, RFC 7800) in ways that this verifier does not check. Default: they
   * are refused, since whoever has stolen one could use it.
   */
  readonly ignoreBinding?: boolean | undefined;
}

/** What a verifier is made with: one issuer, or several. */
export type JwtVerifierOptions<Claims = JwtClaims> = TokenOptions<Claims> & (IssuerOptions | SeveralIssuers);

/** Issuers that are told apart by `iss`. */
export interface SeveralIssuers {
  /** Each has its `issuer`, keys and rules of its own: no key of one counts for tokens of another. */
  readonly issuers: readonly (IssuerOptions & { readonly issuer: string })[];
}
