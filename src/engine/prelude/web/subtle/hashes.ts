/** The hash functions of Web Cryptography, by name; the bridge computes them. */
import { platform } from "../../platform.js";
import { algorithmName } from "./algorithms.js";
import { notSupported } from "./crypto-errors.js";
import { hashConstants } from "./hash-constants.js";
import { type HashName, hashNames } from "./hash-names.js";

/** The hash's name in its usual case; names are compared without regard to case. */
export function hashName(algorithm: unknown): HashName {
  const given = algorithmName(algorithm);
  const name = given.toUpperCase() as HashName;
  if (!hashNames.includes(name)) {
    throw notSupported(`${given} is no hash function known here: ${hashNames.join(", ")}.`);
  }
  return name;
}

/** The member `hash` of an algorithm's parameters, which need it. */
export function hashMember({ hash }: { readonly hash?: unknown }): HashName {
  if (!HAS_SUBTLE) {
    return hash as HashName;
  }
  if (hash === undefined) {
    throw new TypeError("hash: expected the name of a hash function.");
  }
  return hashName(hash);
}

export function digest(hash: HashName, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return platform().digest(hashNames.indexOf(hash), hashConstants, undefined, data);
}

/** RFC 2104. */
export function hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return platform().digest(hashNames.indexOf(hash), hashConstants, key, data);
}

/** RFC 8018, section 5.2. */
export function pbkdf2(
  hash: HashName,
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  bytes: number,
): Uint8Array {
  const derived = new Uint8Array(bytes);
  platform().pbkdf2(hashNames.indexOf(hash), hashConstants, password, salt, rounds, derived);
  return derived;
}

/** In bytes. */
export function digestLength(hash: HashName): number {
  return hash === "SHA-1" ? 20 : Number(hash.slice(4)) / 8;
}

/** Of the blocks that the hash function takes in, in bytes. */
export function blockLength(hash: HashName): number {
  return digestLength(hash) > 32 ? 128 : 64;
}
