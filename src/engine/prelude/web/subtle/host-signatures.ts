/**
 * Signatures by the host: Envoy's foreign functions `verify_signature` and `sign` take PKCS #1 v1.5 and ECDSA, keys and signatures in
 * DER, as Protocol Buffers. What they do not check is checked before: they take short keys and what follows a key.
 */
import { platform } from "../../platform.js";
import { joined } from "../joined.js";
import { operationError } from "./crypto-errors.js";
import type { HashName } from "./hash-names.js";

/** Tags of fields whose type is bytes. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;
const FIELD_3 = 0x1a;
/** The field 1 of the result: true. */
const RESULT_TRUE = [0x08, 1];

/**
 * @param key SubjectPublicKeyInfo
 * @param rawBytes of each of the two numbers of an ECDSA signature; 0: the signature is as the host takes it
 */
export function hostVerifies(
  key: Uint8Array,
  hash: HashName,
  signature: Uint8Array,
  data: Uint8Array,
  rawBytes = 0,
): boolean {
  const verified = platform().verifySignature(hash, key, signature, data, rawBytes);
  if (verified === undefined) {
    throw noFunction("verify_signature");
  }
  return verified;
}

/** @param key PKCS #8 */
export function hostSigns(key: Uint8Array, hash: HashName, data: Uint8Array): Uint8Array {
  const name = platform().encodeUtf8(hash.replace("-", "").toLowerCase());
  const fields = [...field(FIELD_1, name), ...field(FIELD_2, key), ...field(FIELD_3, data)];
  const result = platform().callForeignFunction("sign", joined(fields));
  if (result === undefined) {
    throw noFunction("sign");
  }
  if (result[0] !== RESULT_TRUE[0] || result[1] !== RESULT_TRUE[1] || result[2] !== FIELD_2) {
    throw operationError("The host could not sign with this key.");
  }
  let at = 3;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = result[at++] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      return result.slice(at, at + length);
    }
  }
}

function noFunction(name: string): DOMException {
  return operationError(`The host has no foreign function ${name}, or it does not take this key.`);
}

/** Of a message: its tag and length, and its bytes. */
function field(tag: number, bytes: Uint8Array): ArrayLike<number>[] {
  return [[tag, ...varint(bytes.length)], bytes];
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
