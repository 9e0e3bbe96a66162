/** CryptoKey of Web Cryptography: a key whose bytes only `subtle` can reach. */
import { enumerated, sequence } from "../web-idl.js";
import { invalidAccess, syntaxError } from "./crypto-errors.js";
import type { HashName } from "./hashes.js";

const keyUsages = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"] as const;

export type KeyUsage = (typeof keyUsages)[number];

export interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: HashName };
  readonly length?: number;
}

/** What a key is. The object shows copies: what is done to it changes no key. */
interface Key {
  readonly bytes: Uint8Array;
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: readonly KeyUsage[];
  readonly shown: { readonly algorithm: KeyAlgorithm; readonly usages: readonly KeyUsage[] };
}

/** Outside of the objects, so that nothing but this module gets at the bytes. */
const keys = new WeakMap<CryptoKey, Key>();

export class CryptoKey {
  constructor() {
    throw new TypeError("Illegal constructor: use crypto.subtle.importKey() or generateKey().");
  }

  get type(): "secret" {
    keyOf(this);
    return "secret";
  }

  get extractable(): boolean {
    return keyOf(this).extractable;
  }

  get algorithm(): KeyAlgorithm {
    return keyOf(this).shown.algorithm;
  }

  get usages(): readonly KeyUsage[] {
    return keyOf(this).shown.usages;
  }
}

/** Web IDL's conversion of a list of usages. */
export function usagesFrom(value: unknown): KeyUsage[] {
  return sequence(value, "usages").map((usage) => enumerated(usage, keyUsages, "usages"));
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
  const inOrder = keyUsages.filter((usage) => usages.includes(usage));
  const { hash } = algorithm;
  const key = Object.create(CryptoKey.prototype) as CryptoKey;
  keys.set(key, {
    bytes,
    extractable,
    algorithm,
    usages: inOrder,
    shown: { algorithm: { ...algorithm, ...(hash && { hash: { ...hash } }) }, usages: [...inOrder] },
  });
  return key;
}

/** The bytes, and the algorithm, of a key that may be used for this. Throws an InvalidAccessError where it may not. */
export function keyFor(key: CryptoKey, algorithmName: string, usage: KeyUsage): Pick<Key, "bytes" | "algorithm"> {
  const { bytes, algorithm, usages } = keyOf(key);
  if (algorithm.name !== algorithmName) {
    throw invalidAccess(`The key is one of ${algorithm.name}, not of ${algorithmName}.`);
  }
  if (!usages.includes(usage)) {
    throw invalidAccess(`The key cannot be used for ${usage}: its usages are ${usages.join(", ")}.`);
  }
  return { bytes, algorithm };
}

/** A key for export. */
export function exportedKey(key: CryptoKey): Pick<Key, "bytes" | "algorithm" | "usages"> {
  const exported = keyOf(key);
  if (!exported.extractable) {
    throw invalidAccess("The key is not extractable.");
  }
  return exported;
}

function keyOf(key: CryptoKey): Key {
  const found = keys.get(key);
  if (found === undefined) {
    throw new TypeError("Expected a CryptoKey.");
  }
  return found;
}
