/** RSASSA-PSS (RFC 8017, section 8.1) for `subtle`: hosts have none, and verifying needs no secret, so it is computed here. */
import { enforcedUnsignedLong } from "../web-idl.js";
import { addAlgorithm, type KeyFormat } from "./algorithms.js";
import { type Key, keyFor } from "./crypto-key.js";
import type { HashName } from "./hash-names.js";
import { digest, digestLength } from "./hashes.js";
import { bytesOf, integerFrom } from "./integers.js";
import { exportRsaKey, importRsaKey, type RsaKind, type RsaMaterial } from "./rsa-keys.js";

const kind: RsaKind = {
  name: "RSA-PSS",
  jwkNames: { "SHA-1": "PS1", "SHA-256": "PS256", "SHA-384": "PS384", "SHA-512": "PS512" },
};

const TRAILER = 0xbc;

interface PssParams {
  readonly saltLength?: unknown;
}

addAlgorithm(kind.name, {
  importKey: (data, params, extractable, usages) => importRsaKey(kind, data, params, extractable, usages),
  verify(params: PssParams, key, signature, data) {
    const saltLength = enforcedUnsignedLong(params.saltLength, "saltLength");
    const { material, algorithm } = keyFor(key, kind.name, "verify");
    const bits = algorithm.modulusLength! - 1;
    const encoded =
      signature.length === Math.ceil((bits + 1) / 8)
        ? encodedMessage(material as RsaMaterial, signature, bits)
        : undefined;
    return encoded !== undefined && isEncoded(encoded, bits, algorithm.hash!.name, saltLength, data);
  },

  ...(HAS_SUBTLE && { exportKey: (format: KeyFormat, key: Key) => exportRsaKey(kind, format, key) }),
});

/** Section 8.1.2, step 2. undefined: the signature is out of range. */
function encodedMessage(
  { integers: { n, e } }: RsaMaterial,
  signature: Uint8Array,
  bits: number,
): Uint8Array | undefined {
  const [modulus, base] = [integerFrom(n!), integerFrom(signature)];
  if (base >= modulus) {
    return undefined;
  }
  // Nothing here is secret, so its time may tell all.
  let power = 1n;
  for (const bit of integerFrom(e!).toString(2)) {
    power = (power * power) % modulus;
    if (bit === "1") {
      power = (power * base) % modulus;
    }
  }
  return bytesOf(power, Math.ceil(bits / 8));
}

/** Section 9.1.2. */
function isEncoded(encoded: Uint8Array, bits: number, hash: HashName, saltLength: number, data: Uint8Array): boolean {
  const size = digestLength(hash);
  const blockLength = encoded.length - size - 1;
  if (blockLength < saltLength + 1 || encoded[encoded.length - 1] !== TRAILER) {
    return false;
  }
  const code = encoded.subarray(blockLength, -1);
  const block = encoded.subarray(0, blockLength);
  const unused = 0xff00 >> (8 * encoded.length - bits);
  if ((block[0]! & unused & 0xff) !== 0) {
    return false;
  }
  const mask = generatedMask(hash, code, blockLength);
  for (let index = 0; index < blockLength; index++) {
    block[index]! ^= mask[index]!;
  }
  block[0]! &= ~unused;
  const zeros = blockLength - saltLength - 1;
  if (block[zeros] !== 1 || block.subarray(0, zeros).some((byte) => byte !== 0)) {
    return false;
  }
  const message = new Uint8Array(8 + size + saltLength);
  message.set(digest(hash, data), 8);
  message.set(block.subarray(zeros + 1), 8 + size);
  const expected = digest(hash, message);
  return expected.every((byte, index) => byte === code[index]);
}

/** MGF1 (appendix B.2.1). */
function generatedMask(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const mask = new Uint8Array(length);
  const counted = new Uint8Array(seed.length + 4);
  counted.set(seed);
  for (let at = 0, count = 0; at < length; at += digestLength(hash), count++) {
    counted[counted.length - 1] = count;
    mask.set(digest(hash, counted).subarray(0, length - at), at);
  }
  return mask;
}
