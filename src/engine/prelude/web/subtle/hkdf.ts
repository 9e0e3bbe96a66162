/** HKDF (RFC 5869) for `subtle`. */
import { viewBytes } from "../buffer-source.js";
import { addAlgorithm } from "./algorithms.js";
import { notSupported, operationError, syntaxError } from "./crypto-errors.js";
import { checkUsages, keyFor, makeKey } from "./crypto-key.js";
import type { HashName } from "./hash-names.js";
import { digestLength, hashMember, hmac } from "./hashes.js";

/** Section 2.3. */
const MOST_BLOCKS = 255;

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
    const hash = hashMember(params);
    const [salt, info] = [viewBytes(params.salt), viewBytes(params.info)];
    const { material } = keyFor(key, "HKDF", usage);
    const most = MOST_BLOCKS * digestLength(hash);
    if (bits === null || bits % 8 !== 0 || bits / 8 > most) {
      throw operationError(`length: expected a multiple of 8 bits, at most ${most * 8}.`);
    }
    return expand(hash, hmac(hash, salt, material as Uint8Array), info, bits / 8);
  },
});

/** Section 2.3. */
function expand(hash: HashName, key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const expanded = new Uint8Array(length);
  let block = new Uint8Array(0);
  for (let at = 0, number = 1; at < length; at += block.length, number++) {
    block = hmac(hash, key, Uint8Array.of(...block, ...info, number));
    expanded.set(block.subarray(0, length - at), at);
  }
  return expanded;
}
