/**
 * `application/x-www-form-urlencoded` of the URL standard, section 5. Encoded text is a byte string, one char for each byte, as paths and
 * bodies are bytes: whatever they hold, what is not edited stays.
 */
import { PartList } from "./part-list.js";

/** Names and values between the `&` of a text. */
export abstract class UrlEncodedList extends PartList {
  protected abstract read(): string;
  protected abstract replace(text: string): void;

  override toString(): string {
    return this.read();
  }

  protected override parts(): string[] {
    return this.read().split("&");
  }

  protected override write(parts: readonly string[]): void {
    this.replace(parts.every((part) => part === "") ? "" : parts.join("&"));
  }

  protected override isEmpty(part: string): boolean {
    return part === "";
  }

  protected override nameOf(part: string): string {
    const equals = part.indexOf("=");
    return decoded(equals < 0 ? part : part.slice(0, equals));
  }

  protected override valueOf(part: string): string {
    const equals = part.indexOf("=");
    return equals < 0 ? "" : decoded(part.slice(equals + 1));
  }

  protected override partOf(name: string, value: string): string {
    return `${encoded(name)}=${encoded(value)}`;
  }

  protected override comparable(text: string): string {
    return wellFormed(text);
  }
}

/** What does not stand for itself. */
const special = /[%+\x80-\xff]/;
const highByte = /[\x80-\xff]/;

function decoded(text: string): string {
  if (!special.test(text)) {
    return text;
  }
  // Quicker than replacing each.
  const spaced = text.split("+").join(" ");
  if (!highByte.test(spaced)) {
    try {
      // The engine's own is quick, but knows no bytes that are not UTF-8, and no lone percent sign.
      return decodeURIComponent(spaced);
    } catch {
      // As below.
    }
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(percentDecoded(spaced));
}

const percentSign = 0x25;

/** What is no percent-encoding stays. */
function percentDecoded(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const byte =
      code === percentSign ? hexDigit(text.charCodeAt(index + 1)) * 16 + hexDigit(text.charCodeAt(index + 2)) : NaN;
    if (byte >= 0) {
      bytes[length++] = byte;
      index += 2;
    } else {
      bytes[length++] = code;
    }
  }
  return bytes.subarray(0, length);
}

/** NaN: it is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) {
    return code - 0x30;
  }
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}

/** `encodeURIComponent` leaves these, and what both leave. */
const left = /%20|[!'()~]/g;

function encoded(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(left, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Half of a char cannot be sent: it becomes U+FFFD, as on the web. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, "\ufffd");
}
