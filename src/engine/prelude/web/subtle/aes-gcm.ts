/** AES in Galois/Counter Mode (NIST SP 800-38D) for `subtle`. */
import { platform } from "../../platform.js";
import { viewBytes } from "../buffer-source.js";
import { enforcedUnsignedLong } from "../web-idl.js";
import { addAlgorithm } from "./algorithms.js";
import { dataError, notSupported, operationError } from "./crypto-errors.js";
import { type CryptoKey, checkUsages, type KeyUsage, keyFor, makeKey } from "./crypto-key.js";
import { checkJwk, jwkBytes, jwkOf } from "./jwk.js";
import { randomKey } from "./random-key.js";

interface AesGcmParams {
  readonly iv?: unknown;
  readonly additionalData?: unknown;
  readonly tagLength?: unknown;
}

interface AesKeyParams {
  readonly length?: unknown;
}

const name = "AES-GCM";
const allowed: readonly KeyUsage[] = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
const keyLengths = [128, 192, 256];
const tagLengths = [32, 64, 96, 104, 112, 120, 128];

addAlgorithm(name, {
  importKey(data, _params, extractable, usages) {
    checkUsages(name, usages, allowed);
    let bytes: Uint8Array;
    if (data.format === "jwk") {
      bytes = jwkBytes(data.jwk, "k");
      checkJwk(data.jwk, { kty: "oct", alg: jwkName(bytes), use: "enc", extractable, usages });
    } else if (data.format === "raw") {
      bytes = data.bytes;
    } else {
      throw notSupported(`Keys of AES have the formats "raw" and "jwk", not ${data.format}.`);
    }
    if (!keyLengths.includes(bytes.length * 8)) {
      throw dataError("A key of AES has 128, 192 or 256 bits.");
    }
    return aesKey(bytes, extractable, usages);
  },

  exportKey(format, { material, usages }) {
    const bytes = material as Uint8Array;
    if (format === "jwk") {
      return jwkOf(usages, { kty: "oct", alg: jwkName(bytes) }, { k: bytes });
    }
    return format === "raw" ? bytes.slice() : undefined;
  },

  derivedBits: lengthOf,

  generateKey(params, extractable, usages) {
    const bits = lengthOf(params);
    checkUsages(name, usages, allowed);
    return aesKey(randomKey(bits), extractable, usages);
  },

  encrypt: (params, key, data) => crypt(true, params, key, data),
  decrypt: (params, key, data) => crypt(false, params, key, data),
});

/** RFC 7518, section 4.7. */
function jwkName(bytes: Uint8Array): string {
  return `A${bytes.length * 8}GCM`;
}

function aesKey(bytes: Uint8Array, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey {
  return makeKey("secret", bytes, { name, length: bytes.length * 8 }, extractable, usages);
}

function lengthOf({ length }: AesKeyParams): number {
  const bits = enforcedUnsignedLong(length, "length");
  if (!keyLengths.includes(bits)) {
    throw operationError(`length: expected ${keyLengths.join(", ")}.`);
  }
  return bits;
}

function crypt(encrypts: boolean, params: AesGcmParams, key: CryptoKey, data: Uint8Array): Uint8Array {
  const iv = viewBytes(params.iv);
  const additional = params.additionalData === undefined ? new Uint8Array(0) : viewBytes(params.additionalData);
  const bits = params.tagLength === undefined ? 128 : enforcedUnsignedLong(params.tagLength, "tagLength");
  const { material } = keyFor(key, name, encrypts ? "encrypt" : "decrypt");
  if (!tagLengths.includes(bits)) {
    throw operationError(`tagLength: expected one of ${tagLengths.join(", ")}.`);
  }
  if (iv.length === 0) {
    throw operationError("iv: expected at least one byte.");
  }
  const result = platform().aesGcm(encrypts, material as Uint8Array, iv, additional, bits / 8, data);
  if (result === undefined) {
    throw operationError("The data is not what was encrypted with this key and these parameters.");
  }
  return result;
}
