/** A token in its compact form (RFC 7515 section 7.1), taken apart with as little work as a malformed one is worth. */
import { bytesOf } from "./base64url.js";
import type { JwtHeader } from "./jwt.js";
import { objectOf } from "./strict-json.js";

/** The three parts. */
export interface TokenParts {
  /** The header's, as it is written. */
  readonly header: string;
  /** What is signed. */
  readonly signed: string;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** undefined: it has not three parts, or one of them that is no base64url. */
export function partsOf(token: string): TokenParts | undefined {
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first <= 0 || second < 0 || token.includes(".", second + 1)) {
    return undefined;
  }
  const signature = bytesOf(token.slice(second + 1));
  const payload = signature && bytesOf(token.slice(first + 1, second));
  return payload && { header: token.slice(0, first), signed: token.slice(0, second), payload, signature };
}

/** A header that is understood; `malformed`, or `unsupported` where it says that there is more than is understood here. */
export function headerOf(part: string): JwtHeader | "malformed" | "unsupported" {
  const bytes = bytesOf(part);
  const header = bytes && objectOf(bytes);
  if (header === undefined || typeof header["alg"] !== "string" || !isText(header["typ"]) || !isText(header["kid"])) {
    return "malformed";
  }
  // RFC 7515 section 4.1.11: what is listed has to be understood. RFC 7797: a payload that is not encoded.
  if (header["crit"] !== undefined || (header["b64"] !== undefined && header["b64"] !== true)) {
    return "unsupported";
  }
  return header as JwtHeader;
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
