// Tokens that are good, and some that are not.
import { constants, generateKeyPairSync, sign } from "node:crypto";

/** @typedef {"RS256" | "ES256" | "PS256" | "EdDSA"} Algorithm */

const issuer = "https://bench";
const pairs = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  EdDSA: generateKeyPairSync("ed25519"),
};
/** How each signs, where that is not plainly with SHA-256. @type {Partial<Record<Algorithm, [hash: "sha256" | null, how: object]>>} */
const ways = {
  ES256: ["sha256", { dsaEncoding: "ieee-p1363" }],
  PS256: ["sha256", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  EdDSA: [null, {}],
};

/** The public keys, as an issuer publishes them. */
export const jwks = keySet("RS256", "ES256");
/** Those of algorithms that hosts do not verify. */
export const ownJwks = keySet("PS256", "EdDSA");

/** @param {readonly Algorithm[]} algorithms */
function keySet(...algorithms) {
  return JSON.stringify({
    keys: algorithms.map((alg) => ({
      ...pairs[alg].publicKey.export({ format: "jwk" }),
      ...{ alg, kid: alg, use: "sig" },
    })),
  });
}

/** So many different ones, each good for an hour. @param {Algorithm} alg @param {number} count @returns {string[]} */
export function goodTokens(alg, count) {
  const head = encoded({ alg, kid: alg, typ: "JWT" });
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  return Array.from({ length: count }, (_, index) => {
    const claims = { iss: issuer, sub: `user-${index}`, aud: "orders", exp, scope: "read write", tenant: "one" };
    const text = `${head}.${encoded(claims)}`;
    const { privateKey: key } = pairs[alg];
    const [hash, how] = ways[alg] ?? ["sha256", {}];
    return `${text}.${sign(hash, Buffer.from(text), { key, ...how }).toString("base64url")}`;
  });
}

/** The same, each with the signature of the next one. @param {readonly string[]} tokens */
export function forged(tokens) {
  return tokens.map((token, index) => {
    const [head, claims] = token.split(".");
    return [head, claims, tokens[(index + 1) % tokens.length]?.split(".")[2]].join(".");
  });
}

/** What is no token at first sight. @returns {Record<string, string>} */
export function malformed() {
  const claims = encoded({ iss: issuer, sub: "user" });
  return {
    "no dots": "x".repeat(600),
    "bad Base64": `${encoded({ alg: "RS256" })}.${claims}.${"*".repeat(342)}`,
    "another algorithm": `${encoded({ alg: "none" })}.${claims}.`,
    "too long": `${encoded({ alg: "RS256" })}.${claims}.${"A".repeat(12_000)}`,
  };
}

/** @param {object} value */
function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
