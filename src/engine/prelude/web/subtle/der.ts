/** DER (ITU-T X.690, section 10), by the shapes of `src/engine/bridge/der.c`. */
import { platform } from "../../platform.js";
import { dataError } from "./crypto-errors.js";

/** Throws a DataError where the bytes have another shape. */
export function derParts(shape: string, der: Uint8Array): (Uint8Array<ArrayBuffer> | undefined)[] {
  const parts = platform().readDer(shape, der);
  if (parts === undefined) {
    throw dataError("The key is not well-formed, has something behind it, or is of another kind than the algorithm's.");
  }
  return parts;
}

/** SubjectPublicKeyInfo. `algorithm` and `key` are shapes: of what is in the AlgorithmIdentifier, and of what is in the BIT STRING. */
export function spkiShape(algorithm: string, key = "*"): string {
  return `(0(0${algorithm})(\x03=\x01\0${key}))`;
}

/** PrivateKeyInfo. Its last part are the attributes. */
export function pkcs8Shape(algorithm: string, key: string): string {
  return `(0=\x03\x02\x01\0(0${algorithm})(\x04(0${key}))o\xa0)`;
}
