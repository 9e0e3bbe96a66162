/** Keys as PEM (RFC 7468): SPKI to verify, PKCS#8 to sign. */
import type { JwsFunctions } from "../../../abi/port.js";
import type { JwtAlgorithm } from "../algorithms.js";
import { KeyProblem } from "./import-key.js";

// A module carries the algorithms of which it has the names: of Ed25519 there is only the identifier here.
/** The types of keys, by the identifiers in front of them (RFC 8017 appendix A.1, RFC 5480 section 2.1.1, RFC 8410), as they are in DER. */
const types: readonly (readonly [oid: string, keyType: JwtAlgorithm["keyType"], curve?: JwtAlgorithm["curve"]])[] = [
  ["\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA"],
  ["\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "EC", "P-256"],
  ["\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22", "EC", "P-384"],
  ["\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23", "EC", "P-521"],
  ["\x06\x03\x2b\x65\x70", "OKP"],
];

/** Of Base64; undefined: the text is none. */
export type DecodeBase64 = JwsFunctions["decode"];

/** A key in DER, and which algorithms it is for. */
export interface DerKey {
  readonly der: Uint8Array;
  readonly suits: (algorithm: JwtAlgorithm) => boolean;
}

/**
 * The key of a text that has one block, and nothing around it.
 *
 * @param label `PUBLIC KEY` or `PRIVATE KEY`
 * @throws KeyProblem
 */
export function readPem(pem: unknown, label: "PUBLIC KEY" | "PRIVATE KEY", decode: DecodeBase64): DerKey {
  if (typeof pem !== "string") {
    throw new KeyProblem(`expected PEM, got ${typeof pem}`);
  }
  const [, begin = "", body = "", end] =
    /^\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]+)-----\s*$/.exec(pem) ?? [];
  if (begin !== end) {
    throw new KeyProblem(
      `expected PEM of one block, -----BEGIN ${label}----- to -----END ${label}-----, and nothing around it`,
    );
  }
  if (begin !== label) {
    throw new KeyProblem(
      `expected a block ${label}, got ${begin}: ${conversions[begin] ?? `openssl pkey makes one of it`}`,
    );
  }
  const der = decode(body.replace(/\s/g, ""));
  if (der === undefined || wholeLength(der) !== der.length) {
    throw new KeyProblem("the text between the lines is no key in DER, or has something behind it");
  }
  const head = String.fromCharCode(...der.subarray(0, 48));
  const [, keyType, curve] = types.find(([oid]) => head.includes(oid)) ?? [];
  if (keyType === undefined) {
    throw new KeyProblem("expected a key of RSA, of EC with the curve P-256, P-384 or P-521, or of Ed25519");
  }
  return {
    der,
    suits: (algorithm) => algorithm.keyType === keyType && (curve === undefined || algorithm.curve === curve),
  };
}

const conversions: Readonly<Record<string, string>> = {
  CERTIFICATE: "openssl x509 -pubkey -noout takes it out",
  "RSA PUBLIC KEY": "openssl rsa -RSAPublicKey_in -pubout converts it",
  "PRIVATE KEY":
    "give the public key, which openssl pkey -pubout makes of it, and keep this one where tokens are signed",
};

/** The length of the sequence that the bytes begin with; NaN where they do not. */
function wholeLength(der: Uint8Array): number {
  const [tag, length = 0, high = 0, low = 0] = der;
  if (tag !== 0x30) {
    return Number.NaN;
  }
  switch (length) {
    case 0x81:
      return 3 + high;
    case 0x82:
      return 4 + high * 256 + low;
    default:
      return length < 0x80 ? 2 + length : Number.NaN;
  }
}
