/** Header values are byte strings, one char for each byte; these turn UTF-8 text into one and back. */

/**
 * The UTF-8 bytes of a text as a header value.
 *
 * @example headers.set("x-city", utf8ToByteString("Zürich"))
 */
export function utf8ToByteString(text: string): string {
  return isAscii(text) ? text : bytesToByteString(new TextEncoder().encode(text));
}

/** A header value read as UTF-8; bytes that are not UTF-8 become U+FFFD. */
export function byteStringToUtf8(value: string): string {
  if (isAscii(value)) {
    return value;
  }
  return new TextDecoder().decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) {
      return false;
    }
  }
  return true;
}

/** Bytes as a byte string. */
export function bytesToByteString(bytes: Uint8Array): string {
  let value = "";
  for (const byte of bytes) {
    value += String.fromCharCode(byte);
  }
  return value;
}
