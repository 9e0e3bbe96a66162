/** Keys as JSON: RFC 7517, RFC 7518 section 6. */
import type { JwsFunctions } from "../../../abi/port.js";
import type { JwtAlgorithm } from "../algorithms.js";
import { bytesOf } from "../base64url.js";
import { importKey, KeyProblem } from "./import-key.js";
import type { VerifyKey } from "./key-source.js";

/** A key, as JSON has it. */
export interface Jwk {
  /** `RSA`, `EC`, or `oct` for a secret. */
  readonly kty?: string;
  /** Its id. */
  readonly kid?: string;
  /** Any other member. */
  readonly [name: string]: unknown;
}

/** The members that a key consists of. */
const publicMembers: Readonly<Record<string, readonly string[]>> = {
  RSA: ["n", "e"],
  EC: ["crv", "x", "y"],
  OKP: ["crv", "x"],
  oct: ["k"],
};
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/**
 * The key for each of the algorithms that it suits; none where it is for something else.
 *
 * @param published secrets are no keys there: everybody reads them
 * @throws KeyProblem for what is wrong with it
 */
export function verifyKeysOf(
  jws: JwsFunctions,
  jwk: unknown,
  algorithms: readonly JwtAlgorithm[],
  published: boolean,
): VerifyKey[] {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) {
    throw new KeyProblem("expected a JWK, an object");
  }
  const { kty, kid, use, key_ops: operations, alg, crv } = jwk as Jwk;
  if (kid !== undefined && typeof kid !== "string") {
    throw new KeyProblem("kid: expected a string");
  }
  const suiting = algorithms.filter(
    (algorithm) =>
      algorithm.keyType === kty &&
      (algorithm.curve === undefined || algorithm.curve === crv) &&
      (alg === undefined || alg === algorithm.name),
  );
  const isForVerifying =
    (use === undefined || use === "sig") &&
    (operations === undefined || (Array.isArray(operations) && operations.includes("verify")));
  if (suiting.length === 0 || !isForVerifying || (published && kty === "oct")) {
    return [];
  }
  const members = publicMembers[kty as string]!;
  const bare: Record<string, unknown> = { kty };
  for (const name of members) {
    const value = (jwk as Jwk)[name];
    if (typeof value !== "string" || (name !== "crv" && bytesOf(value) === undefined)) {
      throw new KeyProblem(`${name}: expected base64url without padding`);
    }
    bare[name] = value;
  }
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) {
    throw new KeyProblem("expected a public key, got a private one, which belongs where tokens are signed alone");
  }
  const keys: VerifyKey[] = [];
  for (const algorithm of suiting) {
    if (kty === "oct") {
      checkSecret(bytesOf(bare["k"] as string)!.length, algorithm);
    }
    keys.push({ kid, algorithm, key: importKey(jws, "jwk", bare, algorithm) });
  }
  return keys;
}

/** RFC 7518 section 3.2. */
export function checkSecret(length: number, { name, secretBytes = 0 }: JwtAlgorithm): void {
  if (length < secretBytes) {
    throw new KeyProblem(`expected a secret of ${secretBytes} bytes or more for ${name}, got ${length} bytes`);
  }
}

/** The keys of a set, as it is written. */
export function membersOfSet(set: unknown): readonly unknown[] {
  const keys = typeof set === "object" && set !== null ? (set as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(keys)) {
    throw new KeyProblem('expected a JWK set, an object with a list "keys"');
  }
  return keys;
}
