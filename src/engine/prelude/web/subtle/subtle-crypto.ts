/** `crypto.subtle` of Web Cryptography, for secret keys. Everything is computed at once; the promises are the standard's form. */
import { defineGlobals, nameClass } from "../../globals.js";
import { viewBytes } from "../buffer-source.js";
import { crypto } from "../crypto.js";
import { notSupported } from "./crypto-errors.js";
import { CryptoKey, exportedBytes, type KeyUsage } from "./crypto-key.js";
import { algorithmName, hashName, hashOf } from "./hashes.js";
import { deriveBits, hkdfKeys } from "./hkdf.js";
import { hmacKeys, sign, verify } from "./hmac.js";
import { checkJwk, type JsonWebKey, jwkBytes, jwkOf } from "./jwk.js";
import type { SecretKeyAlgorithm } from "./secret-key-algorithm.js";

const algorithms: Readonly<Record<string, SecretKeyAlgorithm>> = { HMAC: hmacKeys, HKDF: hkdfKeys };

class SubtleCrypto {
  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return buffer(hashOf(hashName(algorithm))(viewBytes(data)));
  }

  async importKey(
    format: unknown,
    data: unknown,
    algorithm: unknown,
    extractable: unknown,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey> {
    const { keys, params } = secretKeys(algorithm);
    if (format === "raw") {
      return keys.import(viewBytes(data).slice(), params, Boolean(extractable), usages);
    }
    if (format !== "jwk" || keys.jwkName === undefined) {
      throw unknownFormat(format);
    }
    const jwk = data as JsonWebKey;
    const bytes = jwkBytes(jwk);
    const key = keys.import(bytes, params, Boolean(extractable), usages);
    checkJwk(jwk, {
      alg: keys.jwkName(params, bytes.length * 8),
      use: keys.jwkUse,
      extractable: key.extractable,
      usages,
    });
    return key;
  }

  async exportKey(format: unknown, key: CryptoKey): Promise<ArrayBuffer | JsonWebKey> {
    const bytes = exportedBytes(key);
    if (format === "raw") {
      return buffer(bytes.slice());
    }
    const { keys } = secretKeys(key.algorithm);
    if (format !== "jwk" || keys.jwkName === undefined) {
      throw unknownFormat(format);
    }
    return jwkOf(key, bytes, keys.jwkName(key.algorithm, bytes.length * 8));
  }

  async generateKey(algorithm: unknown, extractable: unknown, usages: readonly KeyUsage[]): Promise<CryptoKey> {
    const { keys, params, name } = secretKeys(algorithm);
    if (keys.generate === undefined) {
      throw notSupported(`Keys of ${name} can only be imported.`);
    }
    return keys.generate(params, Boolean(extractable), usages);
  }

  async sign(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    only("HMAC", algorithm);
    return buffer(sign(key, viewBytes(data)));
  }

  async verify(algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown): Promise<boolean> {
    only("HMAC", algorithm);
    return verify(key, viewBytes(signature), viewBytes(data));
  }

  async deriveBits(algorithm: unknown, key: CryptoKey, length: number | null): Promise<ArrayBuffer> {
    return buffer(deriveBits(only("HKDF", algorithm), key, length, "deriveBits"));
  }

  async deriveKey(
    algorithm: unknown,
    key: CryptoKey,
    derivedAlgorithm: unknown,
    extractable: unknown,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey> {
    const { keys, params } = secretKeys(derivedAlgorithm);
    if (keys.derivedBits === undefined) {
      throw notSupported("deriveKey(): a key of this algorithm cannot be derived.");
    }
    const bytes = deriveBits(only("HKDF", algorithm), key, keys.derivedBits(params), "deriveKey");
    return keys.import(bytes, params, Boolean(extractable), usages);
  }
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
