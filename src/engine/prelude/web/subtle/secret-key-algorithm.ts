/** What `subtle` needs to know of an algorithm to make keys for it. */
import type { CryptoKey, KeyUsage } from "./crypto-key.js";

export interface SecretKeyAlgorithm {
  /** `use` of a JWK for it (RFC 7517, section 4.2); undefined: it has no JWKs. */
  readonly jwkUse?: string;
  /** `alg` of a JWK for a key with these parameters and this many bits (RFC 7518). */
  jwkName?(params: object): string;
  import(bytes: Uint8Array, params: object, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey;
  /** How many bits a derived key gets; null: it has no length of its own. */
  derivedBits(params: object): number | null;
  /** undefined: its keys are only imported. */
  generate?(params: object, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey;
}
