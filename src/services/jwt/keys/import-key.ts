/** Keys as engines take them, and what they do not look at. */
import type { JwsFunctions, SignatureKey } from "../../../abi/port.js";
import { SluiceError } from "../../../errors.js";
import { messageOf } from "../../../thrown.js";
import type { JwtAlgorithm } from "../algorithms.js";

const fewestBits = 2_048;
/** What hosts verify with; a longer one takes them long. */
const mostBits = 8_192;

/** What is wrong with a key; never what is in it. */
export class KeyProblem extends Error {}

/**
 * A key to verify with.
 *
 * @throws KeyProblem for a key that is none, is weak, or of another kind than the algorithm's
 */
export function importKey(
  jws: JwsFunctions,
  format: "raw" | "spki" | "jwk",
  data: unknown,
  algorithm: JwtAlgorithm,
): SignatureKey {
  let key: SignatureKey;
  try {
    key = jws.importKey(format, data, algorithm.parameters);
  } catch (error) {
    throw keyProblem(algorithm, error);
  }
  checkStrength(algorithm, key.algorithm);
  return key;
}

/** What an import has thrown: such errors have no bytes of keys in them; those of types name members alone. */
export function keyProblem({ name }: JwtAlgorithm, error: unknown): KeyProblem {
  return new KeyProblem(`no key of ${name}: ${messageOf(error)}`);
}

/** @param about what `crypto.subtle` says of a key */
export function checkStrength({ keyType }: JwtAlgorithm, about: object): void {
  if (keyType !== "RSA") {
    return;
  }
  const { modulusLength = 0, publicExponent = new Uint8Array(0) } = about as {
    modulusLength?: number;
    publicExponent?: Uint8Array;
  };
  if (modulusLength < fewestBits || modulusLength > mostBits) {
    throw new KeyProblem(`expected RSA of ${fewestBits} to ${mostBits} bits, got ${modulusLength} bits`);
  }
  const last = publicExponent.at(-1) ?? 0;
  // With the exponent 1 anybody can sign.
  if ((last & 1) === 0 || (last === 1 && publicExponent.subarray(0, -1).every((byte) => byte === 0))) {
    throw new KeyProblem("expected RSA with an odd public exponent from 3 on");
  }
}

/** The error for whoever gave the key. */
export function keyRefused(what: string, problem: unknown): SluiceError {
  return new SluiceError("JWT_KEY", `${what}: ${messageOf(problem)}.`);
}
