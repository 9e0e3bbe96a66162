/** Tokens that a policy makes itself (RFC 7515 section 5.1). */
import { SluiceError } from "../../errors.js";
import { textOf } from "../../thrown.js";
import type { JwtAlgorithm } from "./algorithms.js";
import { base64urlOf, bytesOf, bytesOfBase64 } from "./base64url.js";
import type { JwtClaims } from "./jwt.js";
import { KeyProblem, keyProblem, keyRefused } from "./keys/import-key.js";
import { checkSecret, type Jwk } from "./keys/jwk.js";
import { readPem } from "./keys/pem.js";

/** What a token is signed with. */
export interface SigningKeyOptions {
  /** The algorithm, such as `ES256` of `"sluice/jwt"`. */
  readonly algorithm: JwtAlgorithm;
  /** A private key as PEM, `-----BEGIN PRIVATE KEY-----`, or as JWK; for HS256 and its like the secret: a text, bytes, or a JWK. */
  readonly key: string | Uint8Array | Jwk;
  /** The key's id, which the token names. */
  readonly kid?: string | undefined;
  /** The tokens' type; default `JWT`. */
  readonly typ?: string | undefined;
}

/** Signs tokens. */
export interface JwtSigner {
  /** A token with these claims. Nothing is added: `exp` and `iat` are seconds since the epoch. */
  sign(claims: JwtClaims): Promise<string>;
}

/**
 * A signer, to be made in `configure`: a key that is wrong is told when the gateway starts.
 *
 * @throws SluiceError `JWT_KEY`, `JWT_OPTIONS`
 */
export async function jwtSigner({ algorithm, key, kid, typ = "JWT" }: SigningKeyOptions): Promise<JwtSigner> {
  if (typeof (algorithm as JwtAlgorithm | undefined)?.parameters !== "object") {
    throw refused("algorithm", 'an algorithm of "sluice/jwt", such as ES256', algorithm);
  }
  for (const [name, value] of Object.entries({ kid: kid ?? "", typ })) {
    if (typeof value !== "string") {
      throw refused(name, "a text", value);
    }
  }
  const signing = await signingKey(key, algorithm);
  const header = partOf({ alg: algorithm.name, typ, kid });
  return {
    async sign(claims) {
      const signed = `${header}.${partOf(checked(claims))}`;
      const signature = await subtle().sign(algorithm.parameters, signing, new TextEncoder().encode(signed));
      return `${signed}.${base64urlOf(new Uint8Array(signature))}`;
    },
  };
}

/**
 * One token. Whoever signs more than one makes a `jwtSigner`, which imports the key once.
 *
 * @example await signJwt({ iss: "gateway", aud: "orders", exp: clock.now() / 1_000 + 60 }, { algorithm: ES256, key: config.key })
 * @throws SluiceError `JWT_KEY`, `JWT_OPTIONS`
 */
export async function signJwt(claims: JwtClaims, options: SigningKeyOptions): Promise<string> {
  return (await jwtSigner(options)).sign(claims);
}

/** A key of `crypto.subtle`, whatever it is called in a world. */
type SubtleKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** `crypto.subtle` as it is used here, whatever the types of a world say of it. */
interface Subtle {
  importKey(
    format: string,
    data: unknown,
    algorithm: unknown,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<SubtleKey>;
  sign(algorithm: unknown, key: SubtleKey, data: Uint8Array): Promise<ArrayBuffer>;
}

function subtle(): Subtle {
  return crypto.subtle;
}

async function importSigning(format: string, data: unknown, algorithm: JwtAlgorithm): Promise<SubtleKey> {
  let key: SubtleKey;
  try {
    key = await subtle().importKey(format, data, algorithm.parameters, false, ["sign"]);
  } catch (error) {
    throw keyProblem(algorithm, error);
  }
  checkStrength(algorithm, key.algorithm);
  return key;
}

/** What engines do not look at. */
function checkStrength({ keyType }: JwtAlgorithm, about: object): void {
  if (keyType !== "RSA") {
    return;
  }
  const { modulusLength = 0 } = about as { modulusLength?: number };
  if (modulusLength < 2_048 || modulusLength > 8_192) {
    throw new KeyProblem(`expected RSA of 2048 to 8192 bits, got ${modulusLength} bits`);
  }
}

/** Node passes over what follows a key. */
function wholeDer(der: Uint8Array): Uint8Array {
  const [tag, length = 0, high = 0, low = 0] = der;
  const whole = length < 0x80 ? 2 + length : length === 0x81 ? 3 + high : length === 0x82 ? 4 + high * 256 + low : 0;
  if (tag !== 0x30 || whole !== der.length) {
    throw new KeyProblem("the text between the lines is no key in DER, or has something behind it");
  }
  return der;
}

async function signingKey(key: SigningKeyOptions["key"], algorithm: JwtAlgorithm): Promise<SubtleKey> {
  try {
    if (algorithm.keyType === "oct") {
      const secret = secretOf(key);
      checkSecret(secret.length, algorithm);
      return await importSigning("raw", secret, algorithm);
    }
    if (typeof key === "string") {
      return await importSigning("pkcs8", wholeDer(readPem(key, "PRIVATE KEY", bytesOfBase64)), algorithm);
    }
    if (key instanceof Uint8Array || (key as Jwk | undefined)?.kty !== algorithm.keyType) {
      throw new KeyProblem(`expected a key of ${algorithm.name}, as PEM or JWK`);
    }
    const { kty, crv, n, e, d, p, q, dp, dq, qi, x, y } = key;
    const members =
      kty === "RSA" ? { kty, n, e, d, p, q, dp, dq, qi } : kty === "EC" ? { kty, crv, x, y, d } : { kty, crv, x, d };
    return await importSigning("jwk", members, algorithm);
  } catch (problem) {
    throw keyRefused("signJwt(): key", problem);
  }
}

function secretOf(key: SigningKeyOptions["key"]): Uint8Array {
  if (typeof key === "string") {
    return new TextEncoder().encode(key);
  }
  if (key instanceof Uint8Array) {
    return key;
  }
  const { kty, k } = key;
  const bytes = kty === "oct" && typeof k === "string" ? bytesOf(k) : undefined;
  if (bytes === undefined) {
    throw new KeyProblem("expected a secret: a text, bytes, or a JWK of the type oct");
  }
  return bytes;
}

function checked(claims: JwtClaims): JwtClaims {
  if (typeof claims !== "object" || (claims as object | null) === null || Array.isArray(claims)) {
    throw refused("claims", "an object", claims);
  }
  for (const name of ["exp", "nbf", "iat"]) {
    const value = claims[name];
    if (value !== undefined && !(typeof value === "number" && value >= 0 && Number.isFinite(value))) {
      throw refused(name, "seconds since the epoch", value);
    }
  }
  return claims;
}

function partOf(value: object): string {
  return base64urlOf(new TextEncoder().encode(JSON.stringify(value)));
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("JWT_OPTIONS", `signJwt(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
