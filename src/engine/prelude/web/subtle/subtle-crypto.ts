/** `crypto.subtle` of Web Cryptography, for secret keys. Everything is computed at once; the promises are the standard's form. */
import { defineGlobals, nameClass } from "../../globals.js";
import { viewBytes } from "../buffer-source.js";
import { crypto } from "../crypto.js";
import { brandChecked, enumerated, required } from "../web-idl.js";
import { notSupported } from "./crypto-errors.js";
import { CryptoKey, exportedKey, usagesFrom } from "./crypto-key.js";
import { algorithmName, hashName, hashOf } from "./hashes.js";
import { deriveBits, hkdfKeys } from "./hkdf.js";
import { hmacKeys, sign, verify } from "./hmac.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkFrom, jwkOf } from "./jwk.js";
import type { SecretKeyAlgorithm } from "./secret-key-algorithm.js";

const algorithms: Readonly<Record<string, SecretKeyAlgorithm>> = { HMAC: hmacKeys, HKDF: hkdfKeys };
const formats = ["raw", "spki", "pkcs8", "jwk"] as const;

class SubtleCrypto {
  async digest(...args: [algorithm: unknown, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, data] = called(this, args, 2, "digest()");
    return buffer(hashOf(hashName(algorithm))(viewBytes(data)));
  }

  async importKey(
    ...args: [format: unknown, data: unknown, algorithm: unknown, extractable: unknown, usages: unknown]
  ): Promise<CryptoKey> {
    const [givenFormat, data, algorithm, extractable, givenUsages] = called(this, args, 5, "importKey()");
    const format = enumerated(givenFormat, formats, "format");
    const usages = usagesFrom(givenUsages);
    const { keys, params } = secretKeys(algorithm);
    if (format === "raw") {
      return keys.import(viewBytes(data).slice(), params, Boolean(extractable), usages);
    }
    if (format !== "jwk" || keys.jwkName === undefined) {
      throw unknownFormat(format);
    }
    const jwk = jwkFrom(data);
    const key = keys.import(jwkBytes(jwk), params, Boolean(extractable), usages);
    checkJwk(jwk, { alg: keys.jwkName(params), use: keys.jwkUse, extractable: key.extractable, usages });
    return key;
  }

  async exportKey(...args: [format: unknown, key: CryptoKey]): Promise<ArrayBuffer | JsonWebKey> {
    const [givenFormat, key] = called(this, args, 2, "exportKey()");
    const format = enumerated(givenFormat, formats, "format");
    const { bytes, algorithm, usages } = exportedKey(key);
    if (format === "raw") {
      return buffer(bytes.slice());
    }
    const { keys } = secretKeys(algorithm);
    if (format !== "jwk" || keys.jwkName === undefined) {
      throw unknownFormat(format);
    }
    return jwkOf(bytes, usages, keys.jwkName(algorithm));
  }

  async generateKey(...args: [algorithm: unknown, extractable: unknown, usages: unknown]): Promise<CryptoKey> {
    const [algorithm, extractable, usages] = called(this, args, 3, "generateKey()");
    const { keys, params, name } = secretKeys(algorithm);
    if (keys.generate === undefined) {
      throw notSupported(`Keys of ${name} can only be imported.`);
    }
    return keys.generate(params, Boolean(extractable), usagesFrom(usages));
  }

  async sign(...args: [algorithm: unknown, key: CryptoKey, data: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, data] = called(this, args, 3, "sign()");
    only("HMAC", algorithm);
    return buffer(sign(key, viewBytes(data)));
  }

  async verify(...args: [algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown]): Promise<boolean> {
    const [algorithm, key, signature, data] = called(this, args, 4, "verify()");
    only("HMAC", algorithm);
    return verify(key, viewBytes(signature), viewBytes(data));
  }

  async deriveBits(...args: [algorithm: unknown, key: CryptoKey, length?: unknown]): Promise<ArrayBuffer> {
    const [algorithm, key, length] = called(this, args, 2, "deriveBits()");
    // `unsigned long?`
    const bits = length === undefined || length === null ? null : Number(length) >>> 0;
    return buffer(deriveBits(only("HKDF", algorithm), key, bits, "deriveBits"));
  }

  async deriveKey(
    ...args: [algorithm: unknown, key: CryptoKey, derivedAlgorithm: unknown, extractable: unknown, usages: unknown]
  ): Promise<CryptoKey> {
    const [algorithm, key, derivedAlgorithm, extractable, givenUsages] = called(this, args, 5, "deriveKey()");
    const usages = usagesFrom(givenUsages);
    const { keys, params } = secretKeys(derivedAlgorithm);
    const bytes = deriveBits(only("HKDF", algorithm), key, keys.derivedBits(params), "deriveKey");
    return keys.import(bytes, params, Boolean(extractable), usages);
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

/** The algorithm that keys are for, and its parameters. */
function secretKeys(algorithm: unknown): { keys: SecretKeyAlgorithm; params: object; name: string } {
  const name = algorithmName(algorithm);
  const keys = algorithms[name.toUpperCase()];
  if (keys === undefined) {
    throw notSupported(`${name} is no algorithm with secret keys known here: ${Object.keys(algorithms).join(", ")}.`);
  }
  return { keys, params: typeof algorithm === "object" ? algorithm! : {}, name };
}

/** The parameters, where the algorithm is this one. */
function only(name: string, algorithm: unknown): object {
  const given = algorithmName(algorithm);
  if (given.toUpperCase() !== name) {
    throw notSupported(`${given} is not known here for this; ${name} is.`);
  }
  return typeof algorithm === "object" ? algorithm! : {};
}

function unknownFormat(format: unknown): DOMException {
  return notSupported(
    `${String(format)} is no format of such keys known here; expected "raw" or, not for HKDF, "jwk".`,
  );
}

/** Exactly the bytes, in a buffer of their own. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
}

nameClass(SubtleCrypto, "SubtleCrypto");
Object.defineProperty(crypto, "subtle", { value: new SubtleCrypto(), enumerable: true });
defineGlobals({ CryptoKey });
