/** JSON Web Tokens (RFC 7519): verified, kept for as long as they count, and signed. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { SluiceError } from "../../errors.js";
import { engineServices } from "../../policy/engine-services.js";
import { type InstanceContext, instancePort } from "../../policy/service.js";
import { BearerAnswers, fromHeader } from "../bearer/index.js";
import { certificateBinding } from "./binding.js";
import type { JwtClaims, JwtVerifier, JwtVerifierOptions, ProofChecker } from "./jwt.js";
import { checkedIssuers, refused, whole } from "./options.js";
import { TokenCache } from "./token-cache.js";
import { type Binding, type Issuer, type KeptToken, Verifier, type VerifierParts } from "./verifier.js";

export {
  Ed25519,
  EdDSA,
  ES256,
  ES384,
  ES512,
  HS256,
  HS384,
  HS512,
  type JwtAlgorithm,
  PS256,
  PS384,
  PS512,
  RS256,
  RS384,
  RS512,
} from "./algorithms.js";
export { type DpopOptions, dpopProofs } from "./dpop.js";
export type { NonceOptions } from "./dpop-nonces.js";
export type {
  IssuerOptions,
  JwtClaims,
  JwtHeader,
  JwtVerifier,
  JwtVerifierOptions,
  ProofChecker,
  SeveralIssuers,
  TokenOptions,
  VerifiedJwt,
  VerifiedRequest,
} from "./jwt.js";
export { JwtError, type JwtErrorCode } from "./jwt-error.js";
export { jwkSet, type KeyOptions, pemKey, secretKey } from "./keys/given-keys.js";
export type { Jwk } from "./keys/jwk.js";
export type { KeySource } from "./keys/key-source.js";
export {
  type DiscoveredKeysOptions,
  discoveredKeys,
  type FetchedKeysOptions,
  type UpstreamKeysOptions,
  upstreamKeys,
} from "./keys/upstream-keys.js";
export { type JwtSigner, jwtSigner, type SigningKeyOptions, signJwt } from "./sign.js";

const defaultLength = 8_192;
const badEntries = 256;
const badBytes = 262_144;

/**
 * A verifier, to be made in `configure`: keys that are wrong are told when the gateway starts.
 *
 * @example
 * configure: async (context) => ({
 *   tokens: await jwtVerifier(context, {
 *     keys: pemKey(context.config.key), algorithms: [RS256], issuer: "https://login.example.com", audience: "orders",
 *   }),
 * }),
 * async onRequest(request, context) {
 *   const token = await context.resources.tokens.verifyRequest(request, context);
 *   if (!token.verified) return token.response();
 *   setAuthentication(context, token.authentication);
 * }
 * @throws SluiceError `JWT_OPTIONS`, `JWT_KEY`, `BEARER_OPTIONS`, `SERVICE_CONTEXT`
 */
export function jwtVerifier<Claims = JwtClaims>(
  context: InstanceContext,
  options: JwtVerifierOptions<Claims> & { readonly optional: true },
): Promise<JwtVerifier<Claims, undefined>>;
export function jwtVerifier<Claims = JwtClaims>(
  context: InstanceContext,
  options: JwtVerifierOptions<Claims>,
): Promise<JwtVerifier<Claims>>;
export async function jwtVerifier(
  context: InstanceContext,
  options: JwtVerifierOptions<unknown>,
): Promise<JwtVerifier<unknown, undefined>> {
  const port = instancePort(context, "jwtVerifier()");
  if ("exchange" in port) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      "jwtVerifier(): expected the context of configure, got that of a filter: make the verifier in configure, and take it from resources.",
    );
  }
  const checked = checkedIssuers(options);
  const { source = fromHeader(), challenge, maxLength = defaultLength, cacheEntries = 1_000 } = options;
  whole("maxLength", maxLength, 64, 65_536);
  whole("cacheEntries", cacheEntries, 0, 1_048_576);
  const { claims: schema, optional = false, ignoreBinding = false, dpop } = options as Members;
  if (schema !== undefined && !("~standard" in schema)) {
    throw refused("claims", "a Standard Schema", schema);
  }
  const now = (): number => port.now();
  const jws = engineServices(port).jwsFunctions!;
  const good = new TokenCache<KeptToken>(cacheEntries, cacheEntries * bytesOfToken);
  const bad: VerifierParts["bad"] = new TokenCache(badEntries, badBytes);
  const keysChanged = (): void => {
    good.clear();
    bad.clear();
  };
  const issuers: Issuer[] = [];
  for (const { sources, algorithms, rules, what } of checked) {
    const needs = { context, port, jws, algorithms, issuer: rules.issuer, keysChanged };
    const keys = [];
    for (const [index, each] of sources.entries()) {
      keys.push(await each.open({ ...needs, what: `jwtVerifier(): ${what}keys[${index}]` }));
    }
    issuers.push({ algorithms, keys, rules });
  }
  const answers = new BearerAnswers(challenge);
  const byCertificate = certificateBinding(jws);
  const binding: Binding = ignoreBinding
    ? () => undefined
    : (cnf, token, request, filter) =>
        dpop?.isAbout(cnf) === true
          ? dpop.check(cnf, token, request, answers)
          : byCertificate(cnf, token, request, filter);
  return new Verifier({
    now,
    jws,
    find: engineServices(port).findFresh!,
    source,
    issuers,
    maxLength,
    schema,
    optional,
    good,
    bad,
    answers,
    binding,
    bindsAll: dpop !== undefined,
  });
}

/** What a token takes with its claims, at most on average. */
const bytesOfToken = 16_384;

interface Members {
  readonly claims?: StandardSchemaV1 | undefined;
  readonly optional?: boolean | undefined;
  readonly ignoreBinding?: boolean | undefined;
  readonly dpop?: ProofChecker | undefined;
}
