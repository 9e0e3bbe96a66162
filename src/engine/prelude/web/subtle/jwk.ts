/** JSON Web Keys (RFC 7517) of type `oct` for `subtle`. */

import { dataError } from "./crypto-errors.js";
import type { CryptoKey, KeyUsage } from "./crypto-key.js";

export interface JsonWebKey {
  kty?: string;
  k?: string;
  alg?: string;
  use?: string;
  ext?: boolean;
  key_ops?: readonly string[];
}

interface Wanted {
  readonly alg: string;
  readonly use: string | undefined;
  readonly extractable: boolean;
  readonly usages: readonly KeyUsage[];
}

/** The key's bytes. Throws a DataError when the JWK is not for what is wanted. */
export function jwkBytes(jwk: JsonWebKey): Uint8Array {
  if (typeof jwk !== "object" || jwk === null) {
    throw new TypeError("Expected a JSON Web Key.");
  }
  if (jwk.kty !== "oct") {
    throw dataError('kty: expected "oct".');
  }
  if (typeof jwk.k !== "string" || !/^[\w-]*$/.test(jwk.k)) {
    throw dataError("k: expected the key in Base64url.");
  }
  const binary = atob(jwk.k.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** Throws a DataError when the JWK says that it is for something else. */
export function checkJwk(jwk: JsonWebKey, { alg, use, extractable, usages }: Wanted): void {
  if (jwk.alg !== undefined && jwk.alg !== alg) {
    throw dataError(`alg: expected ${alg}.`);
  }
  if (jwk.use !== undefined && jwk.use !== use) {
    throw dataError(`use: expected ${use}.`);
  }
  const missing = jwk.key_ops === undefined ? undefined : usages.find((usage) => !jwk.key_ops!.includes(usage));
  if (missing !== undefined) {
    throw dataError(`key_ops: ${missing} is missing.`);
  }
  if (jwk.ext === false && extractable) {
    throw dataError("ext: the key must not be extractable.");
  }
}

export function jwkOf(key: CryptoKey, bytes: Uint8Array, alg: string): JsonWebKey {
  const k = btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
  return { key_ops: [...key.usages], ext: key.extractable, kty: "oct", k, alg };
}
