/** What introspection is made with, and what it gives. */
import type { Duration } from "../../policy/duration.js";
import type { Response } from "../../policy/response.js";
import type { ChallengeOptions, TokenCarrier, TokenSource } from "../bearer/index.js";
import type { ScopeMatch } from "../oauth-scopes/scopes.js";
import type { ClientAuthentication } from "./clients.js";
import type { IntrospectionError } from "./introspection-error.js";

/** What the endpoint says of a token (RFC 7662 section 2.2). The types of all but `active` are its word: validate what you rely on. */
export interface IntrospectionClaims {
  /** It is `true`. */
  readonly active: true;
  /** Any other member: `sub`, `username`, `client_id`, `scope`, `exp` … */
  readonly [name: string]: unknown;
}

/** A token that is active. It is frozen, and the same object for as long as it is kept. */
export interface IntrospectedToken {
  /** Told apart from an `IntrospectionError`. */
  readonly verified: true;
  /** What the endpoint has said. */
  readonly claims: IntrospectionClaims;
  /** The scopes in `scope` or `scp`. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch until which it counts; undefined: the endpoint says no end. */
  readonly expiresAt: number | undefined;
  /** Who calls, for `setAuthentication`: the user, the application, and as properties `scopes` and `claims`. */
  readonly authentication: {
    /** `sub`, or `username`. */
    readonly principal: string | undefined;
    /** `client_id`, or `azp`. */
    readonly clientId: string | undefined;
    /** Scopes and claims. */
    readonly properties: Readonly<Record<string, unknown>>;
  };
}

/** Asks an authorization server about tokens. */
export interface Introspection {
  /** The token of a request, or why it is refused. It is there at once for a token that was asked about before. */
  verifyRequest(request: TokenCarrier): Promise<IntrospectedToken | IntrospectionError>;
  /**
   * A token alone.
   * @throws IntrospectionError for one that is refused
   */
  verify(token: string): Promise<IntrospectedToken>;
  /** Where requests have their tokens; `source.remove(request)` takes it out, so that the upstream does not get it. */
  readonly source: TokenSource;
}

/** Who is asked, which tokens are accepted, and what is remembered. */
export interface IntrospectionOptions {
  /** The authorization server: an upstream's name, or a URL whose origin is that of one. */
  readonly upstream: string;
  /** The path of its introspection endpoint; default: the URL's own. */
  readonly path?: string | undefined;
  /** How this policy shows who it is: `basicClient()`, `postClient()`, `privateKeyJwtClient()` or `authorizedClient()`. */
  readonly client: ClientAuthentication;
  /** What kind of token it is told that it gets (RFC 7662 section 2.1), such as `access_token`. Default: it is not told. */
  readonly tokenTypeHint?: string | undefined;
  /** How long an answer may take; default 5 s. */
  readonly timeout?: Duration | undefined;
  /** How large an answer may be in bytes; default 65,536. `limits.body` of the route holds as well. */
  readonly maxBytes?: number | undefined;
  /** What `iss` has to be, exactly. Without it anything, also nothing. */
  readonly issuer?: string | undefined;
  /** Of these `aud` has to have one. Without it anything, also nothing. */
  readonly audience?: string | readonly string[] | undefined;
  /** Scopes that every request needs, in a list or a text with spaces between them. Default: none. */
  readonly scopes?: string | readonly string[] | undefined;
  /** `all` (default): every one of them. `any`: one. */
  readonly scopeMatch?: ScopeMatch | undefined;
  /** How far clocks may differ, where `exp` and `nbf` are compared with the time; default 0. */
  readonly clockTolerance?: Duration | undefined;
  /** The member that says, in seconds since the epoch, until when a token counts; default `exp`. */
  readonly expiryClaim?: string | undefined;
  /** For how long an active token is remembered, and never longer than it says; default 1 min. 0: not at all. Nobody hears of a revocation before. */
  readonly cacheTtl?: Duration | undefined;
  /** For how long a token is remembered that is refused; default 10 s. 0: not at all. */
  readonly refusedTtl?: Duration | undefined;
  /** How many active tokens are remembered, and how many others; default 1,000 each. */
  readonly cacheEntries?: number | undefined;
  /** Where requests have their tokens; default `fromHeader()`. */
  readonly source?: TokenSource | undefined;
  /** What answers to those say that are refused. */
  readonly challenge?: ChallengeOptions | undefined;
  /** How many characters a token may have; default 8,192. */
  readonly maxLength?: number | undefined;
  /** The answer where the endpoint does not tell; default 503. */
  readonly unavailable?: Response | undefined;
  /** Those of one policy have names of their own, in metrics; default `introspection`. */
  readonly name?: string | undefined;
}
