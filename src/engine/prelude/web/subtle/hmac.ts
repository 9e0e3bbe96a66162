/** HMAC (RFC 2104) for `subtle`. */
import { enforcedUnsignedLong } from "../web-idl.js";
import { addAlgorithm, type KeyFormat } from "./algorithms.js";
import { dataError, notSupported, operationError } from "./crypto-errors.js";
import { type CryptoKey, checkUsages, type Key, type KeyUsage, keyFor, makeKey } from "./crypto-key.js";
import type { HashName } from "./hash-names.js";
import { blockLength, hashMember, hmac } from "./hashes.js";
import { checkJwk, jwkBytes, jwkOf } from "./jwk.js";
import { randomKey } from "./random-key.js";

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
const allowed: readonly KeyUsage[] = ["sign", "verify"];

addAlgorithm("HMAC", {
  importKey(data, params: HmacParams, extractable, usages) {
    const hash = hashMember(params);
    const given = lengthOf(params);
    checkUsages("HMAC", usages, allowed);
    let bytes: Uint8Array;
    if (data.format === "jwk") {
      checkJwk(data.jwk, { kty: "oct", alg: jwkNames[hash], use: "sig", extractable, usages });
      bytes = jwkBytes(data.jwk, "k");
    } else if (data.format === "raw") {
      bytes = data.bytes;
    } else {
      throw notSupported(`Keys of HMAC have the formats "raw" and "jwk", not ${data.format}.`);
    }
    if (bytes.length === 0) {
      throw dataError("A key of HMAC cannot be empty.");
    }
    const length = bytes.length * 8;
    // The standard would allow to cut up to 7 bits off the last byte, which nobody needs.
    if (given !== undefined && given !== length) {
      throw dataError(`length: the key has ${length} bits.`);
    }
    return hmacKey(bytes, hash, extractable, usages);
  },

  verify(_params, key, signature, data) {
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
  },

  ...(HAS_SUBTLE && {
    exportKey(format: KeyFormat, { material, algorithm, usages }: Key) {
      const bytes = material as Uint8Array;
      if (format === "jwk") {
        return jwkOf(usages, { kty: "oct", alg: jwkNames[algorithm.hash!.name] }, { k: bytes });
      }
      return format === "raw" ? bytes.slice() : undefined;
    },

    /** As long as the hash's block where the parameters do not say. */
    derivedBits(params: HmacParams) {
      const length = bitsOf(params);
      if (length === 0) {
        throw new TypeError("length: a key of HMAC cannot be empty.");
      }
      return length;
    },

    generateKey(params: HmacParams, extractable: boolean, usages: readonly KeyUsage[]) {
      const hash = hashMember(params);
      const length = bitsOf(params);
      checkUsages("HMAC", usages, allowed);
      if (length === 0 || length % 8 !== 0) {
        throw operationError("length: expected a multiple of 8 bits, not 0.");
      }
      return hmacKey(randomKey(length), hash, extractable, usages);
    },

    sign: (_params: object, key: CryptoKey, data: Uint8Array) => code(key, "sign", data),
  }),
});

function hmacKey(bytes: Uint8Array, hash: HashName, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey {
  const algorithm = { name: "HMAC", hash: { name: hash }, length: bytes.length * 8 };
  return makeKey("secret", bytes, algorithm, extractable, usages);
}

function lengthOf({ length }: HmacParams): number | undefined {
  return length === undefined ? undefined : enforcedUnsignedLong(length, "length");
}

function bitsOf(params: HmacParams): number {
  const hash = hashMember(params);
  return lengthOf(params) ?? blockLength(hash) * 8;
}

function code(key: CryptoKey, usage: KeyUsage, data: Uint8Array): Uint8Array {
  const { material, algorithm } = keyFor(key, "HMAC", usage);
  return hmac(algorithm.hash!.name, material as Uint8Array, data);
}
