/** Keys as engines take them, and what they do not look at. */
import type { JwsFunctions, SignatureKey } from "../../../abi/port.js";
import { SluiceError } from "../../../errors.js";
import { messageOf } from "../../../thrown.js";
import type { JwtAlgorithm } from "../algorithms.js";

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
  try {
    return jws.importKey(format, data, algorithm.parameters);
  } catch (error) {
    throw keyProblem(algorithm, error);
  }
}

/** What an import has thrown: such errors have no bytes of keys in them; those of types name members alone. */
export function keyProblem({ name }: JwtAlgorithm, error: unknown): KeyProblem {
  return new KeyProblem(`no key of ${name}: ${messageOf(error)}`);
}

/** The error for whoever gave the key. */
export function keyRefused(what: string, problem: unknown): SluiceError {
  return new SluiceError("JWT_KEY", `${what}: ${messageOf(problem)}.`);
}
