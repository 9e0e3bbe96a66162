/**
 * Signatures by the host: Envoy's foreign functions `verify_signature` and `sign` take PKCS #1 v1.5 and ECDSA, keys and signatures in
 * DER, as Protocol Buffers. What they do not check is checked before: they take short keys and what follows a key.
 */
import { platform } from "../../platform.js";
import { joined } from "../joined.js";
import { operationError } from "./crypto-errors.js";
import type { HashName } from "./hash-names.js";

/** The only names that the host is ever given. */
const hostNames: Readonly<Record<HashName, string>> = {
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** Tags of fields whose type is bytes. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;
const FIELD_3 = 0x1a;
/** The field 1 of the result: true. */
const RESULT_TRUE = [0x08, 1];

/** A key as the host wants it, with the beginnings of arguments. */
export class HostKey {
  private readonly begun: Partial<Record<HashName, Uint8Array>> = {};

  /** SubjectPublicKeyInfo, or PKCS #8. */
  constructor(readonly der: Uint8Array) {}

  /** The fields that are the same for all calls with it. */
  begin(hash: HashName): Uint8Array {
    const name = Uint8Array.from(hostNames[hash], (char) => char.charCodeAt(0));
    return (this.begun[hash] ??= joined([...field(FIELD_1, name), ...field(FIELD_2, this.der)]));
  }
}

/** @param rawBytes of each of the two numbers of an ECDSA signature; 0: the signature is as the host takes it */
export function hostVerifies(
  key: HostKey,
  hash: HashName,
  signature: Uint8Array,
  data: Uint8Array,
  rawBytes = 0,
): boolean {
  const verified = platform().verifySignature(key.begin(hash), signature, data, rawBytes);
  if (verified === undefined) {
    throw noFunction("verify_signature");
  }
  return verified;
}

export function hostSigns(key: HostKey, hash: HashName, data: Uint8Array): Uint8Array {
  const result = platform().callForeignFunction("sign", joined([key.begin(hash), ...field(FIELD_3, data)]));
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
