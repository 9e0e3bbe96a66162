/** Keys that a policy or its configuration has: secrets, PEM, JWK, sets of JWKs. */
import { messageOf } from "../../../thrown.js";
import { importKey, KeyProblem, keyRefused } from "./import-key.js";
import { checkSecret, type Jwk, membersOfSet, verifyKeysOf } from "./jwk.js";
import { FixedKeys, type KeyNeeds, type KeySource, type VerifyKey } from "./key-source.js";
import { readPem } from "./pem.js";

/** What is known of a key besides its bytes. */
export interface KeyOptions {
  /** Its id: then it does not count for tokens that name another one. */
  readonly kid?: string | undefined;
}

/**
 * A secret for HS256 and its like: text, whose UTF-8 bytes it is, or bytes. It has to have as many bytes as the hash: 32 for HS256.
 *
 * @example keys: secretKey(config.secret)
 */
export function secretKey(secret: string | Uint8Array, { kid }: KeyOptions = {}): KeySource {
  return given("secretKey()", ({ algorithms, jws }) => {
    if (typeof secret === "string" && secret.includes("-----BEGIN")) {
      throw new KeyProblem("expected a secret, got PEM: that is pemKey()'s");
    }
    const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    if (!(bytes instanceof Uint8Array)) {
      throw new KeyProblem(`expected a text or bytes, got ${typeof secret}`);
    }
    const keys: VerifyKey[] = [];
    for (const algorithm of algorithms) {
      if (algorithm.keyType === "oct") {
        checkSecret(bytes.length, algorithm);
        keys.push({ kid, algorithm, key: importKey(jws, "raw", bytes, algorithm) });
      }
    }
    return keys;
  });
}

/**
 * A public key as PEM, `-----BEGIN PUBLIC KEY-----`.
 *
 * @example keys: [pemKey(config.key), pemKey(config.nextKey)]
 */
export function pemKey(pem: string, { kid }: KeyOptions = {}): KeySource {
  return given("pemKey()", ({ algorithms, jws }) => {
    const der = readPem(pem, "PUBLIC KEY", jws.decode);
    const keys: VerifyKey[] = [];
    const problems: string[] = [];
    for (const algorithm of algorithms) {
      try {
        keys.push({ kid, algorithm, key: importKey(jws, "spki", der, algorithm) });
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    // Of the algorithms some may be for keys of other kinds.
    if (keys.length === 0) {
      throw new KeyProblem(problems.join("; "));
    }
    return keys;
  });
}

/** A key as JWK, or the keys of a JWK set, as text or as what JSON makes of it. */
export function jwkSet(set: string | Jwk | { readonly keys: readonly Jwk[] }): KeySource {
  return given("jwkSet()", ({ algorithms, jws }) => {
    const parsed = typeof set === "string" ? parsedText(set) : set;
    const isOne = typeof parsed === "object" && parsed !== null && "kty" in parsed;
    const keys: VerifyKey[] = [];
    for (const [index, jwk] of (isOne ? [parsed] : membersOfSet(parsed)).entries()) {
      try {
        keys.push(...verifyKeysOf(jws, jwk, algorithms, false));
      } catch (error) {
        throw new KeyProblem(isOne ? messageOf(error) : `keys[${index}]: ${messageOf(error)}`);
      }
    }
    return keys;
  });
}

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeyProblem("expected JSON");
  }
}

function given(call: string, read: (needs: KeyNeeds) => readonly VerifyKey[]): KeySource {
  return {
    open(needs) {
      const what = `${needs.what}: ${call}`;
      let keys: readonly VerifyKey[];
      try {
        keys = read(needs);
      } catch (problem) {
        throw keyRefused(what, problem);
      }
      if (keys.length === 0) {
        const names = needs.algorithms.map(({ name }) => name).join(", ");
        throw keyRefused(what, new KeyProblem(`expected a key that verifies signatures with ${names}`));
      }
      return new FixedKeys(keys);
    },
  };
}
