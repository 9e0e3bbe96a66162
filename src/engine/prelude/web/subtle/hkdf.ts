/** HKDF (RFC 5869) for `subtle`. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { viewBytes } from "../buffer-source.js";
import { operationError, syntaxError } from "./crypto-errors.js";
import { type CryptoKey, type KeyUsage, keyFor, makeKey } from "./crypto-key.js";
import { hashMember, hashOf } from "./hashes.js";
import type { SecretKeyAlgorithm } from "./secret-key-algorithm.js";

interface HkdfParams {
  readonly hash?: unknown;
  readonly salt?: unknown;
  readonly info?: unknown;
}

export const hkdfKeys: SecretKeyAlgorithm = {
  import(bytes, _params, extractable, wanted) {
    if (extractable) {
      throw syntaxError("A key of HKDF cannot be extractable.");
    }
    return makeKey(bytes, { name: "HKDF" }, false, wanted, ["deriveKey", "deriveBits"]);
  },

  derivedBits: () => null,
};

export function deriveBits(params: HkdfParams, key: CryptoKey, bits: number | null, usage: KeyUsage): Uint8Array {
  const hash = hashOf(hashMember(params));
  const [salt, info] = [viewBytes(params.salt), viewBytes(params.info)];
  const { bytes } = keyFor(key, "HKDF", usage);
  if (bits === null || bits % 8 !== 0 || bits / 8 > 255 * hash.outputLen) {
    throw operationError(`length: expected a multiple of 8 bits, at most ${255 * hash.outputLen * 8}.`);
  }
  return bits === 0 ? new Uint8Array(0) : hkdf(hash, bytes, salt, info, bits / 8);
}
