/**
 * Signatures by the host: Envoy's foreign functions `verify_signature` and `sign` take PKCS #1 v1.5 and ECDSA, keys and signatures in
 * DER, as Protocol Buffers. What they do not check is checked before: they take short keys and what follows a key.
 */
import { platform } from "../../platform.js";
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
const FIELD_4 = 0x22;
/** The field 1 of both results: true. */
const RESULT_TRUE = [0x08, 1];

/** A key as the host wants it, with the beginnings of arguments, which are the same for all calls with it. */
export class HostKey {
  private readonly begun: Partial<Record<HashName, Uint8Array>> = {};

  /** SubjectPublicKeyInfo, or PKCS #8. */
  constructor(readonly der: Uint8Array) {}

  arguments(hash: HashName, ...fields: readonly [tag: number, bytes: Uint8Array][]): Uint8Array {
    const begun = (this.begun[hash] ??= message([
      [FIELD_1, Uint8Array.from(hostNames[hash], (char) => char.charCodeAt(0))],
      [FIELD_2, this.der],
    ]));
    return message(fields, begun);
  }
}

export function hostVerifies(key: HostKey, hash: HashName, signature: Uint8Array, data: Uint8Array): boolean {
  const result = called("verify_signature", key.arguments(hash, [FIELD_3, signature], [FIELD_4, data]));
  return isTrue(result);
}

export function hostSigns(key: HostKey, hash: HashName, data: Uint8Array): Uint8Array {
  const result = called("sign", key.arguments(hash, [FIELD_3, data]));
  if (!isTrue(result) || result[2] !== FIELD_2) {
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

function isTrue(result: Uint8Array): boolean {
  return result[0] === RESULT_TRUE[0] && result[1] === RESULT_TRUE[1];
}

function called(name: string, argument: Uint8Array): Uint8Array {
  const result = platform().callForeignFunction(name, argument);
  if (result === undefined) {
    throw operationError(`The host has no foreign function ${name}, or it does not take this key.`);
  }
  return result;
}

function message(
  fields: readonly [tag: number, bytes: Uint8Array][],
  before: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const heads = fields.map(([tag, { length }]) => [tag, ...varint(length)]);
  const length = fields.reduce((sum, [, bytes], index) => sum + heads[index]!.length + bytes.length, before.length);
  const written = new Uint8Array(length);
  written.set(before);
  let at = before.length;
  fields.forEach(([, bytes], index) => {
    written.set(heads[index]!, at);
    at += heads[index]!.length;
    written.set(bytes, at);
    at += bytes.length;
  });
  return written;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
