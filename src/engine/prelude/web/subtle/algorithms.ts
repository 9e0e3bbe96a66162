/**
 * The algorithms of `subtle` that a module carries: each stands in a file of its own, which is there where the policy mentions the
 * algorithm's name, and adds itself to this list.
 */
import { domString } from "../web-idl.js";
import { notSupported } from "./crypto-errors.js";
import type { CryptoKey, Key, KeyUsage } from "./crypto-key.js";
import type { JsonWebKey } from "./jwk.js";

export type KeyFormat = "raw" | "spki" | "pkcs8" | "jwk";

/** What is to be imported, after Web IDL's conversions. The bytes are the key's own. */
export type KeyData =
  | { readonly format: "jwk"; readonly jwk: JsonWebKey }
  | { readonly format: Exclude<KeyFormat, "jwk">; readonly bytes: Uint8Array };

/** The operations that it has. `params` are what the caller gave besides the name. */
export interface Algorithm {
  importKey?(data: KeyData, params: object, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey;
  /** undefined: its keys have no such format. */
  exportKey?(format: KeyFormat, key: Key): Uint8Array | JsonWebKey | undefined;
  generateKey?(params: object, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey;
  sign?(params: object, key: CryptoKey, data: Uint8Array): Uint8Array;
  verify?(params: object, key: CryptoKey, signature: Uint8Array, data: Uint8Array): boolean;
  encrypt?(params: object, key: CryptoKey, data: Uint8Array): Uint8Array;
  decrypt?(params: object, key: CryptoKey, data: Uint8Array): Uint8Array;
  deriveBits?(params: object, key: CryptoKey, bits: number | null, usage: KeyUsage): Uint8Array;
  /** How many bits a derived key gets; null: it has no length of its own. */
  derivedBits?(params: object): number | null;
}

const algorithms = new Map<string, Algorithm>();

export function addAlgorithm(name: string, algorithm: Algorithm): void {
  algorithms.set(name.toUpperCase(), algorithm);
}

export function algorithmNamed(name: string): Algorithm | undefined {
  return algorithms.get(name.toUpperCase());
}

/** An algorithm's name as it was given, alone or in an object. */
export function algorithmName(algorithm: unknown): string {
  if (typeof algorithm !== "object" || algorithm === null) {
    return domString(algorithm);
  }
  const { name } = algorithm as { name?: unknown };
  if (name === undefined) {
    throw new TypeError("Expected the name of an algorithm, or an object that has it as name.");
  }
  return domString(name);
}

/** An operation of the algorithm that was given, and its parameters. Throws a NotSupportedError where it has none. */
export function operationOf<Operation extends keyof Algorithm>(
  operation: Operation,
  given: unknown,
): { run: NonNullable<Algorithm[Operation]>; params: object } {
  const name = algorithmName(given);
  const algorithm = algorithmNamed(name);
  const run = algorithm?.[operation];
  if (run === undefined) {
    throw notSupported(
      algorithm === undefined
        ? `${name} is not among the algorithms that this module carries: ${[...algorithms.keys()].join(", ")}. A module carries those that it has and whose names the policy's code mentions.`
        : `${name} has no ${operation}() here.`,
    );
  }
  return { run, params: typeof given === "object" ? given! : {} };
}
