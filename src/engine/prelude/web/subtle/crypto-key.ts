/** CryptoKey of Web Cryptography: a key whose bytes only `subtle` can reach. */
import { invalidAccess, syntaxError } from "./crypto-errors.js";

export type KeyUsage = "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey";

export interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
  readonly length?: number;
}

const usagesInOrder: readonly KeyUsage[] = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "deriveKey",
  "deriveBits",
  "wrapKey",
  "unwrapKey",
];

/** Outside of the objects, so that nothing but this module gets at the bytes. */
const secrets = new WeakMap<CryptoKey, Uint8Array>();

export class CryptoKey {
  readonly type = "secret";
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: readonly KeyUsage[];

  constructor(bytes: Uint8Array, algorithm: KeyAlgorithm, extractable: boolean, usages: readonly KeyUsage[]) {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError("Illegal constructor: use crypto.subtle.importKey() or generateKey().");
    }
    this.algorithm = algorithm;
    this.extractable = extractable;
    this.usages = usages;
    secrets.set(this, bytes);
  }
}

/** A new key. Throws a SyntaxError unless `usages` has some, all of them in `allowed`. */
export function makeKey(
  bytes: Uint8Array,
  algorithm: KeyAlgorithm,
  extractable: boolean,
  usages: readonly KeyUsage[],
  allowed: readonly KeyUsage[],
): CryptoKey {
  const wrong = usages.find((usage) => !allowed.includes(usage));
  if (wrong !== undefined) {
    throw syntaxError(`A key of ${algorithm.name} cannot be used for ${wrong}.`);
  }
  if (usages.length === 0) {
    throw syntaxError("A secret key needs at least one usage.");
  }
  return new CryptoKey(
    bytes,
    algorithm,
    extractable,
    usagesInOrder.filter((usage) => usages.includes(usage)),
  );
}

/** The bytes of a key that may be used for this. Throws an InvalidAccessError where it may not. */
export function keyBytes(key: CryptoKey, algorithmName: string, usage: KeyUsage): Uint8Array {
  if (key.algorithm.name !== algorithmName) {
    throw invalidAccess(`The key is one of ${key.algorithm.name}, not of ${algorithmName}.`);
  }
  if (!key.usages.includes(usage)) {
    throw invalidAccess(`The key cannot be used for ${usage}: its usages are ${key.usages.join(", ")}.`);
  }
  return secretOf(key);
}

/** The bytes of a key for export. */
export function exportedBytes(key: CryptoKey): Uint8Array {
  const bytes = secretOf(key);
  if (!key.extractable) {
    throw invalidAccess("The key is not extractable.");
  }
  return bytes;
}

function secretOf(key: CryptoKey): Uint8Array {
  const bytes = secrets.get(key);
  if (bytes === undefined) {
    throw new TypeError("Expected a CryptoKey.");
  }
  return bytes;
}
