/** The hash functions of Web Cryptography, by name. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha384, sha512 } from "@noble/hashes/sha2.js";
import { algorithmName } from "./algorithms.js";
import { notSupported } from "./crypto-errors.js";
import { type HashName, hashNames } from "./hash-names.js";
import { sha256 } from "./sha256.js";

const hashes = {
  "SHA-1": sha1,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
} as const satisfies Record<HashName, unknown>;

export type Hash = (typeof hashes)[HashName];

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
  if (hash === undefined) {
    throw new TypeError("hash: expected the name of a hash function.");
  }
  return hashName(hash);
}

export function hashOf(name: HashName): Hash {
  return hashes[name];
}
