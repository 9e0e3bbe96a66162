/** Tokens that are bound to a key of the client (RFC 7800), and clients that have to show that they have it. */
import { base64urlOf } from "./base64url.js";
import type { JwtErrorCode } from "./jwt-error.js";
import type { Binding } from "./verifier.js";

/** Refuses tokens that are bound, but those whose client has presented the certificate that they name (RFC 8705 section 3.1). */
export const certificateBinding: Binding = (cnf, _token, _request, { properties }): JwtErrorCode | undefined => {
  const members = typeof cnf === "object" && cnf !== null ? Object.entries(cnf) : [];
  const [[name, thumbprint] = ["", ""]] = members;
  if (members.length !== 1 || name !== "x5t#S256") {
    return "JWT_BINDING";
  }
  const digest = properties.get(["connection", "sha256_peer_certificate_digest"]);
  return digest !== undefined && digest.length > 0 && thumbprintOf(digest) === thumbprint ? undefined : "JWT_BINDING";
};

/** Hosts give the digest in hexadecimal. */
function thumbprintOf(digest: Uint8Array): string | undefined {
  const hex = String.fromCharCode(...digest.subarray(0, 128));
  return /^[0-9a-f]{64}$/i.test(hex)
    ? base64urlOf(Uint8Array.from({ length: 32 }, (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16)))
    : undefined;
}
