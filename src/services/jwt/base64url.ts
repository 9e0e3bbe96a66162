/** Base64url as JWS has it (RFC 7515 section 2): no padding, no line ends, and one text only for the same bytes. */

/** The bytes; undefined for what is not written so. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length & 3;
  // The bits of the last character that stand for nothing are zeros: else many texts would mean the same token.
  if (rest === 1 || (rest !== 0 && !(rest === 2 ? "AQgw" : "AEIMQUYcgkosw048").includes(text.slice(-1)))) {
    return undefined;
  }
  const bytes = decoded(text, "base64url", "loose");
  // Decoders skip white space and padding; then there are fewer bytes.
  return bytes?.length === Math.floor((text.length * 3) / 4) ? bytes : undefined;
}

/** The same of Base64 as PEM has it. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  return decoded(text, "base64", "strict");
}

/** The text of bytes. */
export function base64urlOf(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function decoded(
  text: string,
  alphabet: "base64" | "base64url",
  lastChunkHandling: "loose" | "strict",
): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet, lastChunkHandling });
  } catch {
    return undefined;
  }
}
