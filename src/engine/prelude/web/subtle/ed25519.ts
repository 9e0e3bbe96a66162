/** Ed25519 (RFC 8032) for `subtle`: hosts have none, and verifying needs no secret. */
import { platform } from "../../platform.js";
import { addAlgorithm, type KeyData, type KeyFormat } from "./algorithms.js";
import { dataError, notSupported } from "./crypto-errors.js";
import { checkType, checkUsages, type Key, keyFor, makeKey } from "./crypto-key.js";
import { derParts, spkiShape } from "./der.js";
import { curveConstants, fromLittleEndian, littleEndian, negatedPoint, order } from "./edwards-curve.js";
import { digest } from "./hashes.js";
import { checkJwk, jwkBytes, jwkOf } from "./jwk.js";

/** Put in when the prelude is bundled: false where services alone verify; see build-prelude.ts. */
declare const HAS_SUBTLE: boolean;

const name = "Ed25519";
const BYTES = 32;
/** id-Ed25519 (RFC 8410, section 3). */
const shape = spkiShape("=\x05\x06\x03\x2b\x65\x70");

/** RFC 9864, and RFC 8037. */
const jwkNames: readonly unknown[] = [undefined, name, "EdDSA"];

interface Material {
  readonly bytes: Uint8Array;
  /** Found when the key is used first; null: the bytes are no point. */
  point?: Uint8Array | null;
}

addAlgorithm(name, {
  importKey(data, _params, extractable, usages) {
    if (data.format === "pkcs8" || (data.format === "jwk" && data.jwk.d !== undefined)) {
      throw notSupported("A module verifies with Ed25519 and cannot sign: it takes public keys alone.");
    }
    checkUsages(name, usages, ["verify"]);
    if (data.format === "jwk") {
      checkJwk(data.jwk, { kty: "OKP", use: "sig", extractable, usages });
    }
    const bytes = bytesIn(data);
    if (bytes.length !== BYTES) {
      throw dataError(`The key has ${bytes.length} bytes; expected ${BYTES}.`);
    }
    const material: Material = { bytes };
    return makeKey("public", material, { name }, extractable, usages);
  },

  ...(HAS_SUBTLE && {
    exportKey(format: KeyFormat, { type, material, usages }: Key) {
      const { bytes } = material as Material;
      if (format === "jwk") {
        return jwkOf(usages, { kty: "OKP", crv: name }, { x: bytes });
      }
      checkType(format, type);
      return format === "raw" ? bytes.slice() : platform().writeDer(shape, bytes);
    },
  }),

  /** RFC 8032, section 5.1.7, without the cofactor. */
  verify(_params, key, signature, data) {
    const material = keyFor(key, name, "verify").material as Material;
    material.point ??= negatedPoint(material.bytes) ?? null;
    const factor = fromLittleEndian(signature.subarray(BYTES));
    if (material.point === null || signature.length !== 2 * BYTES || factor >= order) {
      return false;
    }
    const hashed = new Uint8Array(2 * BYTES + data.length);
    hashed.set(signature.subarray(0, BYTES));
    hashed.set(material.bytes, BYTES);
    hashed.set(data, 2 * BYTES);
    const challenge = littleEndian(fromLittleEndian(digest("SHA-512", hashed)) % order);
    const sum = platform().ed25519(curveConstants, material.point, littleEndian(factor), challenge);
    return sum.every((byte, index) => byte === signature[index]);
  },
});

function bytesIn(data: Exclude<KeyData, { readonly format: "pkcs8" }>): Uint8Array {
  switch (data.format) {
    case "jwk":
      if (data.jwk.crv !== name) {
        throw dataError(`crv: expected ${name}.`);
      }
      if (!jwkNames.includes(data.jwk.alg)) {
        throw dataError(`alg: expected ${name} or EdDSA.`);
      }
      return jwkBytes(data.jwk, "x");
    case "spki":
      return derParts(shape, data.bytes)[0]!;
    default:
      return data.bytes;
  }
}
