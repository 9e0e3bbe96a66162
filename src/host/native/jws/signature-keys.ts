/** Keys that verify signatures at once, by Node: `crypto.subtle` has its callers wait for a promise. */
import {
  type AsymmetricKeyDetails,
  constants,
  createHmac,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  type VerifyKeyObjectInput,
  verify,
} from "node:crypto";
import type { JwsFunctions, SignatureKey } from "../../../abi/port.js";

interface Parameters {
  readonly name?: string;
  readonly hash?: string;
  readonly saltLength?: number;
  readonly namedCurve?: string;
}

/** Of the numbers in an ECDSA signature. */
const curves: Readonly<Record<string, readonly [name: string, bytes: number]>> = {
  "P-256": ["prime256v1", 32],
  "P-384": ["secp384r1", 48],
  "P-521": ["secp521r1", 66],
};

/** @throws Error for what is no key of the algorithm */
export const importSignatureKey: JwsFunctions["importKey"] = (format, data, parameters) => {
  const { name = "", hash, saltLength, namedCurve = "" } = parameters as Parameters;
  const digest = hash?.replace("-", "").toLowerCase();
  if (name === "HMAC") {
    if (format === "spki") {
      throw new Error("A public key is no secret.");
    }
    return hmacKey(digest!, format === "jwk" ? Buffer.from(String((data as JsonWebKey).k), "base64url") : data);
  }
  const key = publicKey(format, data);
  const [curve = "", bytes] = curves[namedCurve] ?? [];
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  const wanted = { "RSASSA-PKCS1-v1_5": "rsa", "RSA-PSS": "rsa", ECDSA: "ec", Ed25519: "ed25519" }[name];
  if (type !== wanted || (wanted === "ec" && details.namedCurve !== curve)) {
    throw new Error("The key is of another kind than the algorithm's.");
  }
  if (wanted === "rsa") {
    checkStrength(details);
  }
  const how: Record<string, Omit<VerifyKeyObjectInput, "key">> = {
    "RSA-PSS": { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength! },
    ECDSA: { dsaEncoding: "ieee-p1363" },
  };
  const input = { key, ...how[name] };
  const length = bytes === undefined ? undefined : 2 * bytes;
  return {
    verify: (signature, signed) =>
      (length === undefined || signature.length === length) &&
      verify(digest, Buffer.from(signed, "latin1"), input, signature),
  };
};

function hmacKey(digest: string, secret: unknown): SignatureKey {
  const bytes = Buffer.from(secret as Uint8Array);
  if (bytes.length === 0) {
    throw new Error("A key of HMAC cannot be empty.");
  }
  return {
    verify(signature, signed) {
      const expected = createHmac(digest, bytes).update(signed, "latin1").digest();
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

function publicKey(format: string, data: unknown): KeyObject {
  const der = data as Uint8Array;
  try {
    if (format === "jwk") {
      return createPublicKey({ key: data as JsonWebKey, format });
    }
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    // Node takes what follows a key, and other forms of it.
    if (key.export({ format: "der", type: "spki" }).equals(der)) {
      return key;
    }
  } catch {
    // Told below: what Node says of it is OpenSSL's.
  }
  throw new Error("The key is not well-formed, or has something behind it.");
}

/** As modules, and Envoy, take keys. */
function checkStrength({ modulusLength = 0, publicExponent = 0n }: AsymmetricKeyDetails): void {
  if (modulusLength < 2_048 || modulusLength > 8_192) {
    throw new Error(`The key has ${modulusLength} bits; expected 2048 to 8192.`);
  }
  // With the exponent 1 anybody can sign.
  if (publicExponent % 2n === 0n || publicExponent < 3n) {
    throw new Error("The key is none of RSA: its exponent has to be odd, from 3 on.");
  }
}
