/** The hash functions of Web Cryptography, by name. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha384, sha512 } from "@noble/hashes/sha2.js";
import { domString } from "../web-idl.js";
import { notSupported } from "./crypto-errors.js";
import { sha256 } from "./sha256.js";

const hashes = { "SHA-1": sha1, "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

export type HashName = keyof typeof hashes;
export type Hash = (typeof hashes)[HashName];

/** An algorithm's name as it was given, alone or in an object. */
export function algorithmName(algorithm: unknown): string {
  if (typeof algorithm !== "object" || algorithm === null) {
    return domString(algorithm);
  }
  const { name } = algorithm as { name?: unknown };
  if (name === undefined) {
    throw new TypeError("Expected the name of an algorithm, or an object that has it as name.");
  }
  return domString(name);
}

/** The hash's name in its usual case; names are compared without regard to case. */
export function hashName(algorithm: unknown): HashName {
  const given = algorithmName(algorithm);
  const name = given.toUpperCase();
  if (!(name in hashes)) {
    throw notSupported(`${given} is no hash function known here: ${Object.keys(hashes).join(", ")}.`);
  }
  return name as HashName;
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
