/** PBKDF2 (RFC 8018, section 5.2) for `subtle`. */
import { viewBytes } from "../buffer-source.js";
import { enforcedUnsignedLong } from "../web-idl.js";
import { addAlgorithm } from "./algorithms.js";
import { notSupported, operationError, syntaxError } from "./crypto-errors.js";
import { checkUsages, keyFor, makeKey } from "./crypto-key.js";
import { hashMember, pbkdf2 } from "./hashes.js";

interface Pbkdf2Params {
  readonly hash?: unknown;
  readonly salt?: unknown;
  readonly iterations?: unknown;
}

addAlgorithm("PBKDF2", {
  importKey(data, _params, extractable, usages) {
    if (data.format !== "raw") {
      throw notSupported(`Keys of PBKDF2 have the format "raw" alone, not ${data.format}.`);
    }
    checkUsages("PBKDF2", usages, ["deriveKey", "deriveBits"]);
    if (extractable) {
      throw syntaxError("A key of PBKDF2 cannot be extractable.");
    }
    return makeKey("secret", data.bytes, { name: "PBKDF2" }, false, usages);
  },

  derivedBits: () => null,

  deriveBits(params: Pbkdf2Params, key, bits, usage) {
    const hash = hashMember(params);
    const salt = viewBytes(params.salt);
    const iterations = enforcedUnsignedLong(params.iterations, "iterations");
    const { material } = keyFor(key, "PBKDF2", usage);
    if (bits === null || bits % 8 !== 0) {
      throw operationError("length: expected a multiple of 8 bits.");
    }
    if (iterations === 0) {
      throw operationError("iterations: expected at least one.");
    }
    return pbkdf2(hash, material as Uint8Array, salt, iterations, bits / 8);
  },
});
