/** Keys as `crypto.subtle` takes them, and what it does not look at. */
import { SluiceError } from "../../../errors.js";
import { messageOf } from "../../../thrown.js";
import { type JwtAlgorithm, type SubtleKey, subtle } from "../algorithms.js";

const fewestBits = 2_048;
/** What hosts verify with; a longer one takes them long. */
const mostBits = 8_192;

/** What is wrong with a key; never what is in it. */
export class KeyProblem extends Error {}

/**
 * A key to verify or to sign with.
 *
 * @throws KeyProblem for a key that is none, is weak, or of another kind than the algorithm's
 */
export async function importKey(
  format: "raw" | "spki" | "pkcs8" | "jwk",
  data: unknown,
  algorithm: JwtAlgorithm,
  usage: "verify" | "sign",
): Promise<SubtleKey> {
  let key: SubtleKey;
  try {
    key = await subtle().importKey(format, data, algorithm.parameters, false, [usage]);
  } catch (error) {
    // Errors of WebCrypto have no bytes of keys in them; those of its types name members alone.
    throw new KeyProblem(`no key of ${algorithm.name}: ${messageOf(error)}`);
  }
  if (algorithm.keyType === "RSA") {
    checkRsa(key);
  }
  return key;
}

function checkRsa({ algorithm }: SubtleKey): void {
  const { modulusLength = 0, publicExponent = new Uint8Array(0) } = algorithm as {
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
