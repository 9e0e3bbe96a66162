/** JSON Web Keys (RFC 7517) for `subtle`: what is the same for all types of keys. */

import { dictionary, domString, sequence } from "../web-idl.js";
import { base64urlOf, bytesOfBase64url } from "./base64url.js";
import { dataError } from "./crypto-errors.js";
import type { KeyUsage } from "./crypto-key.js";

/** The members that hold bytes. */
type ByteMember = "k" | "n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi" | "x" | "y";

export interface JsonWebKey extends Partial<Record<ByteMember, string>> {
  kty?: string;
  crv?: string;
  alg?: string;
  use?: string;
  ext?: boolean;
  key_ops?: readonly string[];
  oth?: unknown;
}

interface Wanted {
  readonly kty: string;
  /** undefined: any. */
  readonly alg?: string;
  readonly use: string;
  readonly extractable: boolean;
  readonly usages: readonly KeyUsage[];
}

/** Web IDL's conversion. */
export function jwkFrom(value: unknown): JsonWebKey {
  const jwk = dictionary(value);
  return jwk["key_ops"] === undefined ? jwk : { ...jwk, key_ops: sequence(jwk["key_ops"], "key_ops").map(domString) };
}

/** The bytes of a member that the key needs. Throws a DataError when there are none. */
export function jwkBytes(jwk: JsonWebKey, member: ByteMember): Uint8Array {
  const bytes = bytesOfBase64url(jwk[member]);
  if (bytes === undefined) {
    throw dataError(`${member}: expected bytes in Base64url.`);
  }
  return bytes;
}

/** Throws a DataError when the JWK says that it is for something else. */
export function checkJwk(jwk: JsonWebKey, { kty, alg, use, extractable, usages }: Wanted): void {
  // Services have looked at it.
  if (!HAS_SUBTLE) {
    return;
  }
  if (jwk.kty !== kty) {
    throw dataError(`kty: expected "${kty}".`);
  }
  if (jwk.alg !== undefined && alg !== undefined && jwk.alg !== alg) {
    throw dataError(`alg: expected ${alg}.`);
  }
  if (jwk.use !== undefined && usages.length > 0 && jwk.use !== use) {
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

/** The JWK of an extractable key with these members, of which the undefined ones are left out. */
export function jwkOf(
  usages: readonly KeyUsage[],
  names: Pick<JsonWebKey, "kty" | "crv" | "alg">,
  bytes: Partial<Record<ByteMember, Uint8Array>>,
): JsonWebKey {
  const members = Object.entries(bytes).map(([member, value]) => [member, base64urlOf(value)]);
  return { key_ops: [...usages], ext: true, ...names, ...Object.fromEntries(members) } as JsonWebKey;
}
