/** Tokens as an issuer makes them, and as nobody should: by node:crypto alone. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign as signBytes,
} from "node:crypto";
import { start } from "./worker.js";

export const secret = "a secret of the tests, of more than thirty-two bytes";

export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly pem: string;
  readonly jwk: JsonWebKey & Record<string, unknown>;
}

function pair(made: { privateKey: KeyObject; publicKey: KeyObject }): Keys {
  return {
    ...made,
    pem: made.publicKey.export({ type: "spki", format: "pem" }) as string,
    jwk: made.publicKey.export({ format: "jwk" }),
  };
}

export const rsaKeys = (bits = 2_048, publicExponent = 65_537): Keys =>
  pair(generateKeyPairSync("rsa", { modulusLength: bits, publicExponent }));
export const ecKeys = (namedCurve = "P-256"): Keys => pair(generateKeyPairSync("ec", { namedCurve }));

export const edKeys = (): Keys => pair(generateKeyPairSync("ed25519"));

export const rsa = rsaKeys();
export const otherRsa = rsaKeys();
export const ec = ecKeys();
export const otherEc = ecKeys();

/** Base64url of a text, of bytes, or of an object as JSON. */
export function b64(value: unknown): string {
  const bytes = value instanceof Uint8Array ? value : typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(bytes as string).toString("base64url");
}

const hashes: Readonly<Record<string, string>> = { "256": "sha256", "384": "sha384", "512": "sha512" };

/** The signature of what a token's first two parts are. */
export function signature(alg: string, key: KeyObject | string | Uint8Array, signed: string): string {
  const hash = hashes[alg.slice(2)]!;
  if (alg.startsWith("HS")) {
    return createHmac(hash, key).update(signed).digest("base64url");
  }
  const options = alg.startsWith("ES") ? { dsaEncoding: "ieee-p1363" as const } : {};
  return signBytes(hash, Buffer.from(signed), { key: key as KeyObject, ...options }).toString("base64url");
}

/** A token of which header and payload are given as objects or as the texts that they are. */
export function token(
  header: { readonly alg: string; readonly [name: string]: unknown } | string,
  payload: unknown,
  key: KeyObject | string | Uint8Array = defaultKey(header),
  alg = typeof header === "string" ? "HS256" : header.alg,
): string {
  const signed = `${b64(header)}.${b64(payload)}`;
  return `${signed}.${signature(alg, key, signed)}`;
}

function defaultKey(header: { readonly alg: string } | string): KeyObject | string {
  const alg = typeof header === "string" ? "HS256" : header.alg;
  return alg.startsWith("HS") ? secret : alg.startsWith("RS") ? rsa.privateKey : ec.privateKey;
}

/** Claims that the verifiers of the tests accept. */
export function claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { iss: "https://issuer.example.com", aud: "orders", sub: "ada", exp: start + 300, ...more };
}

export { createPrivateKey, createPublicKey };
