/** Base64url without padding (RFC 4648, section 5), as members of JWKs have it. */
import { platform } from "../../platform.js";

const LOOSE = 0;

/** undefined: it is none. */
export function bytesOfBase64url(text: unknown): Uint8Array | undefined {
  return typeof text === "string" && /^[\w-]*$/.test(text) ? platform().decodeBase64(text, true, LOOSE) : undefined;
}

export function base64urlOf(bytes: Uint8Array): string {
  return platform().encodeBase64(bytes, true, true);
}
