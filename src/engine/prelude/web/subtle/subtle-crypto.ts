/**
 * `crypto.subtle` of Web Cryptography. What its algorithms do stands in files of their own; see algorithms.ts. Everything is computed
 * at once; the promises are the standard's form.
 */
import { defineGlobals, nameClass } from "../../globals.js";
import { viewBytes } from "../buffer-source.js";
import { crypto } from "../crypto.js";
import { brandChecked, enumerated, required } from "../web-idl.js";
import { type KeyData, type KeyFormat, operationOf } from "./algorithms.js";
import { notSupported } from "./crypto-errors.js";
import { CryptoKey, exportedKey, usagesFrom } from "./crypto-key.js";
import { digest, hashName } from "./hashes.js";
import { type JsonWebKey, jwkFrom } from "./jwk.js";

const formats = ["raw", "spki", "pkcs8", "jwk"] as const;

class SubtleCrypto {
  async digest(...args: [algorithm: unknown, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, data] = called(this, args, 2, "digest()");
    return buffer(digest(hashName(algorithm), viewBytes(data)));
  }

  async importKey(
    ...args: [format: unknown, data: unknown, algorithm: unknown, extractable: unknown, usages: unknown]
  ): Promise<CryptoKey> {
    const [givenFormat, data, algorithm, extractable, givenUsages] = called(this, args, 5, "importKey()");
    const format = enumerated(givenFormat, formats, "format");
    const usages = usagesFrom(givenUsages);
    const { run, params } = operationOf("importKey", algorithm);
    return run(keyData(format, data), params, Boolean(extractable), usages);
  }

  async exportKey(...args: [format: unknown, key: CryptoKey]): Promise<ArrayBuffer | JsonWebKey> {
    const [givenFormat, key] = called(this, args, 2, "exportKey()");
    const format = enumerated(givenFormat, formats, "format");
    const exported = exportedKey(key);
    const { run } = operationOf("exportKey", exported.algorithm);
    const data = run(format, exported);
    if (data === undefined) {
      throw notSupported(`A ${exported.type} key of ${exported.algorithm.name} has no format ${format}.`);
    }
    return data instanceof Uint8Array ? buffer(data) : data;
  }

  async generateKey(...args: [algorithm: unknown, extractable: unknown, usages: unknown]): Promise<CryptoKey> {
    const [algorithm, extractable, usages] = called(this, args, 3, "generateKey()");
    const { run, params } = operationOf("generateKey", algorithm);
    return run(params, Boolean(extractable), usagesFrom(usages));
  }

  async sign(...args: [algorithm: unknown, key: CryptoKey, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, data] = called(this, args, 3, "sign()");
    const { run, params } = operationOf("sign", algorithm);
    return buffer(run(params, key, viewBytes(data)));
  }

  async verify(...args: [algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown]): Promise<boolean> {
    const [algorithm, key, signature, data] = called(this, args, 4, "verify()");
    const { run, params } = operationOf("verify", algorithm);
    return run(params, key, viewBytes(signature), viewBytes(data));
  }

  async encrypt(...args: [algorithm: unknown, key: CryptoKey, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, data] = called(this, args, 3, "encrypt()");
    const { run, params } = operationOf("encrypt", algorithm);
    return buffer(run(params, key, viewBytes(data)));
  }

  async decrypt(...args: [algorithm: unknown, key: CryptoKey, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, data] = called(this, args, 3, "decrypt()");
    const { run, params } = operationOf("decrypt", algorithm);
    return buffer(run(params, key, viewBytes(data)));
  }

  async deriveBits(...args: [algorithm: unknown, key: CryptoKey, length?: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, length] = called(this, args, 2, "deriveBits()");
    // `unsigned long?`
    const bits = length === undefined || length === null ? null : Number(length) >>> 0;
    const { run, params } = operationOf("deriveBits", algorithm);
    return buffer(run(params, key, bits, "deriveBits"));
  }

  async deriveKey(
    ...args: [algorithm: unknown, key: CryptoKey, derivedAlgorithm: unknown, extractable: unknown, usages: unknown]
  ): Promise<CryptoKey> {
    const [algorithm, key, derivedAlgorithm, extractable, givenUsages] = called(this, args, 5, "deriveKey()");
    const usages = usagesFrom(givenUsages);
    const derive = operationOf("deriveBits", algorithm);
    const derived = operationOf("importKey", derivedAlgorithm);
    const bits = operationOf("derivedBits", derivedAlgorithm).run(derived.params);
    const bytes = derive.run(derive.params, key, bits, "deriveKey");
    return derived.run({ format: "raw", bytes }, derived.params, Boolean(extractable), usages);
  }
}

/** The arguments of a call, when the method was called as one and has enough of them. */
function called<Arguments extends readonly unknown[]>(
  self: unknown,
  args: Arguments,
  count: number,
  operation: string,
): Arguments {
  brandChecked(self, SubtleCrypto);
  return required(args, count, operation);
}

function keyData(format: KeyFormat, data: unknown): KeyData {
  return format === "jwk" ? { format, jwk: jwkFrom(data) } : { format, bytes: viewBytes(data).slice() };
}

/** Exactly the bytes, in a buffer of their own. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
}

nameClass(SubtleCrypto, "SubtleCrypto");
Object.defineProperty(crypto, "subtle", { value: new SubtleCrypto(), enumerable: true });
defineGlobals({ CryptoKey });
