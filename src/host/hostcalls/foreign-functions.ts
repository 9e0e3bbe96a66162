/**
 * The foreign functions of this host: Envoy's `verify_signature` and `sign`, with its arguments and results
 * (source/extensions/common/wasm/ext/{verify_signature,sign}.proto) and as lenient as they are there.
 */
import { type KeyObject, sign, verify } from "node:crypto";
import { privateKey, publicKey } from "./foreign-keys.js";
import { readFields, writeFields } from "./protocol-buffers.js";

type Fields = ReadonlyMap<number, Uint8Array>;

interface ForeignFunction {
  /** The field with the key as PEM. */
  readonly pem: number;
  /** The field of the result with what is wrong. */
  readonly error: number;
  /** What it gives, or says is wrong, with a hash that there is. */
  call(hash: string, key: Uint8Array, isPem: boolean, fields: Fields): Uint8Array | string;
}

/** The field with the hash's name, and the one with the key as DER. */
const HASH = 1;
const DER = 2;

const hashes = ["sha1", "sha224", "sha256", "sha384", "sha512"];
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const functions: Readonly<Record<string, ForeignFunction>> = {
  verify_signature: {
    pem: 5,
    error: 2,
    call(hash, given, isPem, fields) {
      const key = publicKey(given, isPem);
      if (key === undefined) {
        return "Failed to initialize digest verify.";
      }
      return isRight(hash, key, bytesIn(fields, 3), bytesIn(fields, 4))
        ? writeFields([[1, true]])
        : "Failed to verify digest. Error code: 0";
    },
  },

  sign: {
    pem: 4,
    error: 3,
    call(hash, given, isPem, fields) {
      const key = privateKey(given, isPem);
      if (key === undefined) {
        return "Invalid key type: private key required for signing operation.";
      }
      if (key === "other") {
        return "Invalid private key: key data is corrupted or malformed.";
      }
      const signature = signatureOf(hash, key, bytesIn(fields, 3));
      return signature === undefined
        ? "Failed to create signature."
        : writeFields([
            [1, true],
            [2, signature],
          ]);
    },
  },
};

/** Whether there is one of that name. */
export function isForeignFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** What a foreign function gives; undefined: there is none of that name, or it takes no such arguments. */
export function callForeignFunction(name: string, argument: Uint8Array | undefined): Uint8Array | undefined {
  const called = isForeignFunction(name) ? functions[name] : undefined;
  // Of the fields these are strings, which have to be UTF-8.
  const fields = called && readFields(argument ?? new Uint8Array(0), [HASH, called.pem]);
  if (called === undefined || fields === undefined) {
    return undefined;
  }
  const [der, pem] = [bytesIn(fields, DER), bytesIn(fields, called.pem)];
  if (der.length > 0 === pem.length > 0) {
    return undefined;
  }
  const hash = decoder.decode(bytesIn(fields, HASH));
  const result = hashes.includes(hash.toLowerCase())
    ? called.call(hash, der.length > 0 ? der : pem, pem.length > 0, fields)
    : `${hash} is not supported.`;
  return typeof result === "string" ? writeFields([[called.error, result]]) : result;
}

function bytesIn(fields: Fields, number: number): Uint8Array {
  return fields.get(number) ?? new Uint8Array(0);
}

function isRight(hash: string, key: KeyObject, signature: Uint8Array, data: Uint8Array): boolean {
  try {
    return verify(hash, data, key, signature);
  } catch {
    return false;
  }
}

function signatureOf(hash: string, key: KeyObject, data: Uint8Array): Uint8Array | undefined {
  try {
    return sign(hash, data, key);
  } catch {
    return undefined;
  }
}
