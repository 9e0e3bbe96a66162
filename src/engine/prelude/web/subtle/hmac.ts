/** HMAC (RFC 2104) for `subtle`. */
import { hmac } from "@noble/hashes/hmac.js";
import { dataError, operationError } from "./crypto-errors.js";
import { type CryptoKey, type KeyUsage, keyBytes, makeKey } from "./crypto-key.js";
import { type HashName, hashName, hashOf } from "./hashes.js";
import { randomKey } from "./random-key.js";
import type { SecretKeyAlgorithm } from "./secret-key-algorithm.js";

interface HmacParams {
  readonly hash?: unknown;
  readonly length?: number;
}

/** RFC 7518, section 3.2. */
const jwkNames: Readonly<Record<HashName, string>> = {
  "SHA-1": "HS1",
  "SHA-256": "HS256",
  "SHA-384": "HS384",
  "SHA-512": "HS512",
};
const usages: readonly KeyUsage[] = ["sign", "verify"];

/** With the key's own blocks hashed: half of the work for a short message. */
const begunCodes = new WeakMap<CryptoKey, ReturnType<typeof hmac.create>>();

export const hmacKeys: SecretKeyAlgorithm = {
  jwkUse: "sig",
  jwkName: (params) => jwkNames[hashName((params as HmacParams).hash)],

  import(bytes, params: HmacParams, extractable, wanted) {
    const hash = hashName(params.hash);
    if (bytes.length === 0) {
      throw dataError("A key of HMAC cannot be empty.");
    }
    const length = bytes.length * 8;
    // The standard would allow to cut up to 7 bits off the last byte, which nobody needs.
    if (params.length !== undefined && params.length !== length) {
      throw dataError(`length: the key has ${length} bits.`);
    }
    return makeKey(bytes, { name: "HMAC", hash: { name: hash }, length }, extractable, wanted, usages);
  },

  /** As long as the hash's block where the parameters do not say. */
  derivedBits: ({ hash, length }: HmacParams) => length ?? hashOf(hashName(hash)).blockLen * 8,

  generate(params: HmacParams, extractable, wanted) {
    const hash = hashName(params.hash);
    const length = params.length ?? hashOf(hash).blockLen * 8;
    if (length === 0 || length % 8 !== 0) {
      throw operationError("length: expected a multiple of 8 bits, not 0.");
    }
    return makeKey(randomKey(length), { name: "HMAC", hash: { name: hash }, length }, extractable, wanted, usages);
  },
};

export function sign(key: CryptoKey, data: Uint8Array): Uint8Array {
  return code(key, keyBytes(key, "HMAC", "sign"), data);
}

export function verify(key: CryptoKey, signature: Uint8Array, data: Uint8Array): boolean {
  const expected = code(key, keyBytes(key, "HMAC", "verify"), data);
  if (signature.length !== expected.length) {
    return false;
  }
  // All bytes are compared, so that the time tells nothing.
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    difference |= expected[index]! ^ signature[index]!;
  }
  return difference === 0;
}

function code(key: CryptoKey, bytes: Uint8Array, data: Uint8Array): Uint8Array {
  let begun = begunCodes.get(key);
  if (begun === undefined) {
    begun = hmac.create(hashOf(key.algorithm.hash!.name as HashName), bytes);
    begunCodes.set(key, begun);
  }
  return begun.clone().update(data).digest();
}
