/** Keys as PEM (RFC 7468): SPKI to verify, PKCS#8 to sign. */
import type { JwsFunctions } from "../../../abi/port.js";
import { KeyProblem } from "./import-key.js";

/**
 * The DER of a text that has one block, and nothing around it. What it is a key of nobody has looked at.
 *
 * @param label `PUBLIC KEY` or `PRIVATE KEY`
 * @param decode of Base64; undefined: the text is none
 * @throws KeyProblem
 */
export function readPem(pem: unknown, label: "PUBLIC KEY" | "PRIVATE KEY", decode: JwsFunctions["decode"]): Uint8Array {
  const [, found, body = ""] =
    /^\s*-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----\s*$/.exec(typeof pem === "string" ? pem : "") ?? [];
  if (found === undefined) {
    throw new KeyProblem(
      `expected PEM of one block, -----BEGIN ${label}----- to -----END ${label}-----, and nothing around it`,
    );
  }
  if (found !== label) {
    throw new KeyProblem(
      `expected a block ${label}, got ${found}: ${conversions[found] ?? "openssl pkey makes one of it"}`,
    );
  }
  const der = decode(body);
  if (der === undefined) {
    throw new KeyProblem("the text between the lines is no Base64");
  }
  return der;
}

const conversions: Readonly<Record<string, string>> = {
  CERTIFICATE: "openssl x509 -pubkey -noout takes it out",
  "RSA PUBLIC KEY": "openssl rsa -RSAPublicKey_in -pubout converts it",
  "PRIVATE KEY":
    "give the public key, which openssl pkey -pubout makes of it, and keep this one where tokens are signed",
};
