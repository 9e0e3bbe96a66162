/** JSON Web Keys (RFC 7517) of type `oct` for `subtle`. */

import { dictionary, domString, sequence } from "../web-idl.js";
import { dataError } from "./crypto-errors.js";
import type { KeyUsage } from "./crypto-key.js";

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

/** Web IDL's conversion. */
export function jwkFrom(value: unknown): JsonWebKey {
  const jwk = dictionary(value);
  return jwk.key_ops === undefined ? jwk : { ...jwk, key_ops: sequence(jwk.key_ops, "key_ops").map(domString) };
}

/** The key's bytes. Throws a DataError when there are none. */
export function jwkBytes(jwk: JsonWebKey): Uint8Array {
  if (jwk.kty !== "oct") {
    throw dataError('kty: expected "oct".');
  }
  if (typeof jwk.k !== "string" || !/^[\w-]*$/.test(jwk.k) || jwk.k.length % 4 === 1) {
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
  if (new Set(jwk.key_ops).size !== (jwk.key_ops?.length ?? 0)) {
    throw dataError("key_ops: the same is there twice.");
  }
  const missing = jwk.key_ops === undefined ? undefined : usages.find((usage) => !jwk.key_ops!.includes(usage));
  if (missing !== undefined) {
    throw dataError(`key_ops: ${missing} is missing.`);
  }
  if (jwk.ext === false && extractable) {
    throw dataError("ext: the key must not be extractable.");
  }
}

/** The JWK of an extractable key. */
export function jwkOf(bytes: Uint8Array, usages: readonly KeyUsage[], alg: string): JsonWebKey {
  const k = btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
  return { key_ops: [...usages], ext: true, kty: "oct", k, alg };
}
