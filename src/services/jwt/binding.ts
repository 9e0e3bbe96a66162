/** Tokens that are bound to a key of the client (RFC 7800), and clients that have to show that they have it. */
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

/** Of base64url. */
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Hosts give the digest in hexadecimal. */
function thumbprintOf(digest: Uint8Array): string | undefined {
  const hex = String.fromCharCode(...digest.subarray(0, 128));
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    return undefined;
  }
  // 256 bits are 43 digits, the last of which has two bits more.
  let rest = BigInt(`0x${hex}`) << 2n;
  let text = "";
  for (; text.length < 43; rest >>= 6n) {
    text = digits.charAt(Number(rest & 63n)) + text;
  }
  return text;
}
