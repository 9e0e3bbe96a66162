/** CryptoKey of Web Cryptography: a key whose material only `subtle` can reach. */
import { enumerated, sequence } from "../web-idl.js";
import { invalidAccess, syntaxError } from "./crypto-errors.js";
import type { HashName } from "./hash-names.js";

const keyUsages = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"] as const;

export type KeyUsage = (typeof keyUsages)[number];
export type KeyType = "secret" | "public" | "private";

export interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: HashName };
  readonly length?: number;
  readonly modulusLength?: number;
  readonly publicExponent?: Uint8Array;
  readonly namedCurve?: string;
}

/** What a key is. The object shows copies: what is done to it changes no key. */
export interface Key {
  readonly type: KeyType;
  /** Of the algorithm's own kind: the bytes, where the key is secret. */
  readonly material: unknown;
  readonly extractable: boolean;
  readonly algorithm: KeyAlgorithm;
  readonly usages: readonly KeyUsage[];
  readonly shown: { readonly algorithm: KeyAlgorithm; readonly usages: readonly KeyUsage[] };
}

/** Outside of the objects, so that nothing but this module gets at the material. */
const keys = /* @__PURE__ */ new WeakMap<CryptoKey, Key>();

export class CryptoKey {
  constructor() {
    throw new TypeError("Illegal constructor: use crypto.subtle.importKey() or generateKey().");
  }

  get type(): KeyType {
    return keyOf(this).type;
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

/** Throws a SyntaxError unless all of `usages` are in `allowed`, as is checked before the key's material is looked at. */
export function checkUsages(name: string, usages: readonly KeyUsage[], allowed: readonly KeyUsage[]): void {
  if (!HAS_SUBTLE) {
    return;
  }
  const wrong = usages.find((usage) => !allowed.includes(usage));
  if (wrong !== undefined) {
    throw syntaxError(`A key of ${name} cannot be used for ${wrong}.`);
  }
}

/** A new key. Throws a SyntaxError where one that is not public has no usage. */
export function makeKey(
  type: KeyType,
  material: unknown,
  algorithm: KeyAlgorithm,
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  // Services alone have it, which change nothing of it.
  if (!HAS_SUBTLE) {
    return { type, material, algorithm } as unknown as CryptoKey;
  }
  if (usages.length === 0 && type !== "public") {
    throw syntaxError(`A ${type} key needs at least one usage.`);
  }
  const inOrder = keyUsages.filter((usage) => usages.includes(usage));
  const { hash, publicExponent } = algorithm;
  const key = Object.create(CryptoKey.prototype) as CryptoKey;
  const copies = {
    ...algorithm,
    ...(hash && { hash: { ...hash } }),
    ...(publicExponent && { publicExponent: publicExponent.slice() }),
  };
  const shown = { algorithm: copies, usages: [...inOrder] };
  keys.set(key, { type, material, extractable, algorithm, usages: inOrder, shown });
  return key;
}

/** A key that may be used for this. Throws an InvalidAccessError where it may not. */
export function keyFor(key: CryptoKey, algorithmName: string, usage: KeyUsage): Key {
  if (!HAS_SUBTLE) {
    return key as unknown as Key;
  }
  const found = keyOf(key);
  const { algorithm, usages } = found;
  if (algorithm.name !== algorithmName) {
    throw invalidAccess(`The key is one of ${algorithm.name}, not of ${algorithmName}.`);
  }
  if (!usages.includes(usage)) {
    throw invalidAccess(`The key cannot be used for ${usage}: its usages are ${usages.join(", ")}.`);
  }
  return found;
}

/** A key for export. */
export function exportedKey(key: CryptoKey): Key {
  const exported = keyOf(key);
  if (!exported.extractable) {
    throw invalidAccess("The key is not extractable.");
  }
  return exported;
}

/** Throws unless a key of this type can be exported in this format, which is not JWK. */
export function checkType(format: "raw" | "spki" | "pkcs8", type: KeyType): void {
  const exported = format === "pkcs8" ? "private" : "public";
  if (type !== exported) {
    throw invalidAccess(`${format} is a format of ${exported} keys; this one is ${type}.`);
  }
}

function keyOf(key: CryptoKey): Key {
  const found = keys.get(key);
  if (found === undefined) {
    throw new TypeError("Expected a CryptoKey.");
  }
  return found;
}
