/** Where keys come from. */

import type { JwsFunctions, SignatureKey } from "../../../abi/port.js";
import type { InstanceContext, InstancePort } from "../../../policy/service.js";
import type { JwtAlgorithm } from "../algorithms.js";

/** A key that verifies signatures of one algorithm. */
export interface VerifyKey {
  /** Its id, where it has one: then it counts for tokens that name it, and for those that name none. */
  readonly kid: string | undefined;
  readonly algorithm: JwtAlgorithm;
  readonly key: SignatureKey;
}

/** What a source has to know of its verifier. */
export interface KeyNeeds {
  /** What the keys are called in messages: `issuers[0].keys[1]`. */
  readonly what: string;
  readonly context: InstanceContext;
  readonly port: InstancePort;
  readonly jws: JwsFunctions;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly issuer: string | undefined;
  /** To be called when a key has gone, or is another one under the same id. */
  readonly keysChanged: () => void;
}

/** Keys that can be asked for. */
export interface KeySet {
  /**
   * The keys that may have signed a token; at once where they are known. A promise never fails: undefined says that nobody can tell now.
   */
  find(algorithm: JwtAlgorithm, kid: string | undefined): Found | Promise<Found>;
}

/** undefined: nobody can tell now. */
export type Found = readonly VerifyKey[] | undefined;

/** Where keys come from: `jwkSet(…)` and its like. */
export interface KeySource {
  /** @internal */
  open(needs: KeyNeeds): Promise<KeySet> | KeySet;
}

/** Keys of which the bytes are given. */
export class FixedKeys implements KeySet {
  declare private readonly keys: readonly VerifyKey[];

  constructor(keys: readonly VerifyKey[]) {
    this.keys = keys;
  }

  find(algorithm: JwtAlgorithm, kid: string | undefined): readonly VerifyKey[] {
    return matching(this.keys, algorithm, kid);
  }
}

export function matching(
  keys: readonly VerifyKey[],
  algorithm: JwtAlgorithm,
  kid: string | undefined,
): readonly VerifyKey[] {
  const found: VerifyKey[] = [];
  // Not filter(): this is done for each token, and calls cost an interpreter more than all else in it.
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    if (key.algorithm === algorithm && (kid === undefined || key.kid === undefined || key.kid === kid)) {
      found.push(key);
    }
  }
  return found;
}
