/** HMAC (RFC 2104) for `subtle`. */
import { hmac } from "@noble/hashes/hmac.js";
import { enforcedUnsignedLong } from "../web-idl.js";
import { dataError, operationError } from "./crypto-errors.js";
import { type CryptoKey, type KeyUsage, keyFor, makeKey } from "./crypto-key.js";
import { type HashName, hashMember, hashOf } from "./hashes.js";
import { randomKey } from "./random-key.js";
import type { SecretKeyAlgorithm } from "./secret-key-algorithm.js";

interface HmacParams {
  readonly hash?: unknown;
  readonly length?: unknown;
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
  jwkName: (params) => jwkNames[hashMember(params)],

  import(bytes, params: HmacParams, extractable, wanted) {
    const hash = hashMember(params);
    const given = lengthOf(params);
    if (bytes.length === 0) {
      throw dataError("A key of HMAC cannot be empty.");
    }
    const length = bytes.length * 8;
    // The standard would allow to cut up to 7 bits off the last byte, which nobody needs.
    if (given !== undefined && given !== length) {
      throw dataError(`length: the key has ${length} bits.`);
    }
    return makeKey(bytes, { name: "HMAC", hash: { name: hash }, length }, extractable, wanted, usages);
  },

  /** As long as the hash's block where the parameters do not say. */
  derivedBits(params: HmacParams) {
    const length = bitsOf(params);
    if (length === 0) {
      throw new TypeError("length: a key of HMAC cannot be empty.");
    }
    return length;
  },

  generate(params: HmacParams, extractable, wanted) {
    const hash = hashMember(params);
    const length = bitsOf(params);
    if (length === 0 || length % 8 !== 0) {
      throw operationError("length: expected a multiple of 8 bits, not 0.");
    }
    return makeKey(randomKey(length), { name: "HMAC", hash: { name: hash }, length }, extractable, wanted, usages);
  },
};

function lengthOf({ length }: HmacParams): number | undefined {
  return length === undefined ? undefined : enforcedUnsignedLong(length, "length");
}

function bitsOf(params: HmacParams): number {
  const hash = hashMember(params);
  return lengthOf(params) ?? hashOf(hash).blockLen * 8;
}

export function sign(key: CryptoKey, data: Uint8Array): Uint8Array {
  return code(key, "sign", data);
}

export function verify(key: CryptoKey, signature: Uint8Array, data: Uint8Array): boolean {
  const expected = code(key, "verify", data);
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

function code(key: CryptoKey, usage: KeyUsage, data: Uint8Array): Uint8Array {
  const { bytes, algorithm } = keyFor(key, "HMAC", usage);
  let begun = begunCodes.get(key);
  if (begun === undefined) {
    begun = hmac.create(hashOf(algorithm.hash!.name), bytes);
    begunCodes.set(key, begun);
  }
  return begun.clone().update(data).digest();
}
