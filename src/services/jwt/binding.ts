/** Tokens that are bound to a key of the client (RFC 7800), and clients that have to show that they have it. */
import type { JwsFunctions } from "../../abi/port.js";
import type { JwtErrorCode } from "./jwt-error.js";
import type { Binding } from "./verifier.js";

/** Refuses tokens that are bound, but those whose client has presented the certificate that they name (RFC 8705 section 3.1). */
export const certificateBinding =
  ({ decode }: JwsFunctions): Binding =>
  (cnf, _token, _request, { properties }): JwtErrorCode | undefined => {
    const { "x5t#S256": thumbprint, ...others } = Object(cnf) as Readonly<Record<string, unknown>>;
    const digest = properties.get(["connection", "sha256_peer_certificate_digest"]);
    return typeof thumbprint === "string" &&
      /^[\w-]{43}$/.test(thumbprint) &&
      Object.keys(others).length === 0 &&
      digest !== undefined &&
      hexOf(decode(`${thumbprint.replaceAll("-", "+").replaceAll("_", "/")}=`)) ===
        String.fromCharCode(...digest.subarray(0, 65)).toLowerCase()
      ? undefined
      : "JWT_BINDING";
  };

/** As hosts give digests. */
function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
