/** HKDF (RFC 5869) for `subtle`. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { viewBytes } from "../buffer-source.js";
import { addAlgorithm } from "./algorithms.js";
import { notSupported, operationError, syntaxError } from "./crypto-errors.js";
import { checkUsages, keyFor, makeKey } from "./crypto-key.js";
import { hashMember, hashOf } from "./hashes.js";

interface HkdfParams {
  readonly hash?: unknown;
  readonly salt?: unknown;
  readonly info?: unknown;
}

addAlgorithm("HKDF", {
  importKey(data, _params, extractable, usages) {
    if (data.format !== "raw") {
      throw notSupported(`Keys of HKDF have the format "raw" alone, not ${data.format}.`);
    }
    checkUsages("HKDF", usages, ["deriveKey", "deriveBits"]);
    if (extractable) {
      throw syntaxError("A key of HKDF cannot be extractable.");
    }
    return makeKey("secret", data.bytes, { name: "HKDF" }, false, usages);
  },

  derivedBits: () => null,

  deriveBits(params: HkdfParams, key, bits, usage) {
    const hash = hashOf(hashMember(params));
    const [salt, info] = [viewBytes(params.salt), viewBytes(params.info)];
    const { material } = keyFor(key, "HKDF", usage);
    if (bits === null || bits % 8 !== 0 || bits / 8 > 255 * hash.outputLen) {
      throw operationError(`length: expected a multiple of 8 bits, at most ${255 * hash.outputLen * 8}.`);
    }
    return bits === 0 ? new Uint8Array(0) : hkdf(hash, material as Uint8Array, salt, info, bits / 8);
  },
});
