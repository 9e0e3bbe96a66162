/** The keys of the policy's configuration. */
import * as v from "valibot";
import { editableHeaderName } from "../shared/refusal.js";
import { dpop, publicKeyAlgorithms } from "./dpop-settings.js";

const text = v.pipe(v.string(), v.minLength(1, "expected a text"));

const duration = (description: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, "expected a time with its unit, such as 10s or 1h"),
      v.description(description),
    ),
  );

const path = v.pipe(v.string(), v.regex(/^\/[\x21\x22\x24-\x7e]*$/, "expected a path that begins with /"));

const key = v.pipe(
  v.strictObject({
    secret: v.optional(
      v.pipe(
        v.string(),
        v.check((secret) => new TextEncoder().encode(secret).length >= 32, "expected 32 bytes or more"),
        v.check((secret) => !secret.includes("-----BEGIN"), "expected a secret, not PEM"),
        v.description("A secret for HS256 and its like, of as many bytes as the hash: take it from the environment."),
      ),
    ),
    pem: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/,
          "expected one block of PEM, -----BEGIN PUBLIC KEY-----",
        ),
        v.description("A public key, as PEM."),
      ),
    ),
    kid: v.optional(v.pipe(text, v.description("Of `secret` and `pem`: the key's id. Without it: it counts for all."))),
    jwks: v.optional(
      v.pipe(
        v.string(),
        v.check(isKeySet, "expected a JWK, or a JWK set, as JSON"),
        v.description("A JWK, or a JWK set, as a text of JSON."),
      ),
    ),
    upstream: v.optional(
      v.pipe(text, v.description("The upstream that has the JWK set, or with `discovery` the issuer's configuration.")),
    ),
    path: v.optional(v.pipe(path, v.description("Its path there."))),
    discovery: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          "The issuer's configuration says where the keys are (OpenID Connect Discovery). Without `upstream` it is asked at its own URL.",
        ),
      ),
      false,
    ),
    refresh: duration("How often keys are fetched. Without it: 10m."),
    staleFor: duration("How long they count while they cannot be fetched anew. Without it: 1h."),
    unknownKeyInterval: duration(
      "Tokens with keys that are not known have the keys fetched once in this time. Without it: 30s.",
    ),
    timeout: duration("How long an answer may take. Without it: 5s."),
  }),
  v.check(
    ({ secret, pem, jwks, upstream, discovery }) =>
      [secret, pem, jwks, upstream ?? (discovery || undefined)].filter((each) => each !== undefined).length === 1,
    "expected one of secret, pem, jwks, and upstream or discovery",
  ),
);

const issuer = v.strictObject({
  issuer: v.optional(v.pipe(text, v.description("What `iss` has to be, exactly."))),
  audience: v.optional(
    v.pipe(
      v.array(text),
      v.minLength(1, "expected an audience"),
      v.description("Of these `aud` has to have one. Without it a token for any other resource of the issuer passes."),
    ),
  ),
  algorithms: v.pipe(
    v.array(v.picklist(["HS256", "HS384", "HS512", ...publicKeyAlgorithms])),
    v.minLength(1, "expected an algorithm"),
    v.description(
      "The algorithms that are accepted. Modules verify PS256, EdDSA and their like by themselves, which takes some tenths of a millisecond.",
    ),
  ),
  keys: v.pipe(
    v.array(key),
    v.minLength(1, "expected a key"),
    v.maxLength(8, "expected at most eight"),
    v.description("The keys, or where they are: `secret`, `pem`, `jwks`, `upstream` or `discovery` in each."),
  ),
  clockTolerance: duration("How far clocks may differ. Without it: not at all."),
  maxAge: duration("How long ago a token may have been issued (`iat`). Without it: at any time."),
  requiredClaims: v.optional(v.pipe(v.array(text), v.description("Claims that a token has to have.")), ["exp"]),
  typ: v.optional(v.pipe(text, v.description("What the token's `typ` has to be, such as `at+jwt`."))),
});

const source = v.pipe(
  v.string(),
  v.regex(
    /^(authorization|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|cookie:[^\s;=]+|query:.+)$/,
    "expected authorization, header:<name>, cookie:<name> or query:<name>",
  ),
);

const scope = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope"));
const url = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^\s?#"\\]+$/, "expected an http(s) URL without query and fragment"),
);

const keys = v.strictObject({
  issuers: v.pipe(
    v.array(issuer),
    v.minLength(1, "expected an issuer"),
    v.maxLength(64, "expected at most 64"),
    v.check(
      (issuers) => issuers.length === 1 || issuers.every((each) => each.issuer !== undefined),
      "expected issuer in each, where there are several",
    ),
    v.check(
      (issuers) => new Set(issuers.map((each) => each.issuer)).size === issuers.length,
      "expected different issuers",
    ),
    v.description("Whose tokens pass. Several are told apart by `iss`, and no key of one counts for another."),
  ),
  source: v.optional(
    v.pipe(
      v.array(source),
      v.minLength(1, "expected a place"),
      v.description(
        "Where requests have the token: `authorization` (with the scheme Bearer), `header:x-token`, `cookie:sid`, `query:access_token`. A request uses one.",
      ),
    ),
    ["authorization"],
  ),
  forwardToken: v.optional(v.pipe(v.boolean(), v.description("Whether the upstream gets the token, too.")), true),
  optional: v.optional(
    v.pipe(v.boolean(), v.description("Whether a request without a token passes; with a bad one it does not.")),
    false,
  ),
  scopes: v.optional(
    v.pipe(
      v.array(scope),
      v.description("Scopes that a token has to have (`scope` or `scp`), else the answer is 403."),
    ),
    [],
  ),
  scopesMatch: v.optional(
    v.pipe(v.picklist(["all", "any"]), v.description("Whether it has to have all of them, or any.")),
    "all",
  ),
  claimHeaders: v.optional(
    v.pipe(
      v.record(editableHeaderName, text),
      v.description(
        "Headers for the upstream, each with its claim: a name, or a JSON pointer such as `/realm_access/roles`. What clients send under these names goes.",
      ),
    ),
    {},
  ),
  realm: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'expected printable ASCII without " and \\'),
      v.description("What is protected, for people, in `WWW-Authenticate`."),
    ),
  ),
  resource: v.optional(
    v.pipe(
      v.strictObject({
        url: v.pipe(url, v.description("The resource's own URL, as clients know it.")),
        authorizationServers: v.pipe(v.array(url), v.description("The issuers of tokens for it.")),
        scopesSupported: v.optional(v.pipe(v.array(scope), v.description("Scopes that there are."))),
        name: v.optional(v.pipe(text, v.description("Its name, for people."))),
      }),
      v.description(
        "Publishes where tokens are had (RFC 9728), which clients of MCP need: as a document below `/.well-known/oauth-protected-resource`, named in `WWW-Authenticate`.",
      ),
    ),
  ),
  maxTokenLength: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(65_536), v.description("Characters of a token.")),
    8_192,
  ),
  cacheEntries: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(1_048_576),
      v.description("How many verified tokens a worker keeps, each until it expires."),
    ),
    1_000,
  ),
  dpop: v.optional(
    v.pipe(
      dpop,
      v.description(
        "Clients prove that they have the key that their token is bound to (DPoP, RFC 9449). Such tokens come in `authorization` with the scheme DPoP; without this key they are refused.",
      ),
    ),
  ),
  ignoreBinding: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Accepts tokens that are bound to a key of the client (`cnf`), without a look at it."),
    ),
    false,
  ),
});

/** Proofs are about a token in one place (RFC 9449 section 7.1). */
export const settings = v.pipe(
  keys,
  v.check(
    ({ dpop, source }) => dpop === undefined || source.includes("authorization"),
    "expected authorization in source, where there is dpop",
  ),
  v.check(({ dpop, ignoreBinding }) => dpop === undefined || !ignoreBinding, "expected one of dpop and ignoreBinding"),
);

function isKeySet(json: string): boolean {
  try {
    const set = JSON.parse(json) as { kty?: unknown; keys?: unknown } | null;
    return typeof set === "object" && set !== null && (typeof set.kty === "string" || Array.isArray(set.keys));
  } catch {
    return false;
  }
}

export type Settings = v.InferOutput<typeof settings>;
