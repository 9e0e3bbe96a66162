/** Headers of tokens. */
import type { JwtHeader } from "./jwt.js";

/** A header that is understood, or why it is not. Of what a part of a token is, when it is an object of JSON. */
export function checkedHeader(
  header: Readonly<Record<string, unknown>> | undefined,
): JwtHeader | "JWT_MALFORMED" | "JWT_UNSUPPORTED" {
  if (header === undefined || typeof header["alg"] !== "string" || !isText(header["typ"]) || !isText(header["kid"])) {
    return "JWT_MALFORMED";
  }
  // RFC 7515 section 4.1.11: what is listed has to be understood. RFC 7797: a payload that is not encoded.
  if (header["crit"] !== undefined || (header["b64"] !== undefined && header["b64"] !== true)) {
    return "JWT_UNSUPPORTED";
  }
  return header as JwtHeader;
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
