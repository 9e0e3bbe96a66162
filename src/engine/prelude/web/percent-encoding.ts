/** Percent-encoding of the URL standard, section 1.3. Texts are well-formed: no lone surrogates. */
import { platform } from "../platform.js";

/** What must be encoded in each part of a URL; the first is that of opaque hosts and paths. */
export const c0Control = /[^ -~]/gu;
export const fragment = /[^!#-;=?-_a-~]/gu;
export const query = /[^!$-;=?-~]/gu;
export const specialQuery = /[^!$-&(-;=?-~]/gu;
export const path = /[^!$-;=@-\]_a-z|~]/gu;
export const userinfo = /[^!$-.0-9A-Z_a-z~]/gu;

export function percentEncoded(text: string, set: RegExp): string {
  return text.replace(set, encodedChar);
}

function encodedChar(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x80 ? `%${code.toString(16).toUpperCase().padStart(2, "0")}` : encodeURIComponent(char);
}

/** "Percent-decode", and "UTF-8 decode without BOM": what is ill-formed becomes U+FFFD. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) {
    return text;
  }
  try {
    // The engine's own is quick, but knows no U+FFFD and no lone percent sign.
    return decodeURIComponent(text);
  } catch {
    return platform().decodeUtf8(percentDecodedBytes(platform().encodeUtf8(text)), false)!;
  }
}

const PERCENT = 0x25;

function percentDecodedBytes(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    const value = byte === PERCENT ? hexDigit(bytes[index + 1]) * 16 + hexDigit(bytes[index + 2]) : NaN;
    if (Number.isNaN(value)) {
      bytes[length++] = byte;
    } else {
      bytes[length++] = value;
      index += 2;
    }
  }
  return bytes.subarray(0, length);
}

/** NaN: it is none. */
function hexDigit(code: number | undefined): number {
  if (code === undefined) {
    return NaN;
  }
  if (code >= 0x30 && code <= 0x39) {
    return code - 0x30;
  }
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}
