/** Decoders that no platform has alike, for every engine: sections 9.1 and 14.2 to 14.4 of the Encoding standard. */
import type { LegacyEncoding } from "./text-encodings.js";

/** What the bytes 0x80 to 0x9F are in windows-1252; all others are Unicode's first 256. */
const c1 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** As many chars as one call can take. */
const CHUNK = 4_096;

const BYTE_ORDER_MARK = "\ufeff";

/** A text that comes in chunks of bytes. */
export class LegacyDecoder {
  readonly encoding: LegacyEncoding;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  /** The beginning of a character whose rest comes with the next chunk. */
  #pending: readonly number[] = [];
  #started = false;

  constructor(encoding: LegacyEncoding, fatal: boolean, ignoreBOM: boolean) {
    this.encoding = encoding;
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
  }

  /**
   * @param last the text ends here; what is decoded next is another one
   * @throws TypeError ill-formed, and that is fatal
   */
  decode(given: Uint8Array, last: boolean): string {
    const bytes = this.#pending.length === 0 ? given : Uint8Array.from([...this.#pending, ...given]);
    const { text, unfinished } =
      this.encoding === "windows-1252"
        ? { text: decodeWindows1252(bytes), unfinished: 0 }
        : decodeUtf16(bytes, this.encoding === "utf-16be", last);
    const first = !this.#started;
    this.#pending = Array.from(bytes.subarray(bytes.length - unfinished));
    this.#started = !last && (this.#started || bytes.length > unfinished);
    if (this.#fatal && !text.isWellFormed()) {
      throw new TypeError(`The bytes are not valid ${this.encoding}.`);
    }
    const wellFormed = text.toWellFormed();
    return first && !this.#ignoreBOM && wellFormed.startsWith(BYTE_ORDER_MARK) ? wellFormed.slice(1) : wellFormed;
  }
}

function decodeWindows1252(bytes: Uint8Array): Text {
  const text = textOf(bytes.length, (index) => bytes[index]!);
  return text.replace(/[\x80-\x9f]/g, (char) => c1[char.charCodeAt(0) - 0x80]!) as Text;
}

/** What is ill-formed stays so; an unfinished character at the end of the text becomes a lone surrogate. */
function decodeUtf16(bytes: Uint8Array, bigEndian: boolean, last: boolean): { text: Text; unfinished: number } {
  const high = bigEndian ? 0 : 1;
  const units = textOf(bytes.length >> 1, (index) => bytes[2 * index + high]! * 256 + bytes[2 * index + 1 - high]!);
  const lead = /[\ud800-\udbff]$/.test(units) ? 1 : 0;
  const unfinished = 2 * lead + (bytes.length % 2);
  const whole = lead === 0 ? units : units.slice(0, -1);
  return last
    ? { text: (unfinished === 0 ? whole : `${whole}\ud800`) as Text, unfinished: 0 }
    : { text: whole as Text, unfinished };
}

/** ES2024, which all engines have of it. */
type Text = string & { isWellFormed(): boolean; toWellFormed(): string };

function textOf(length: number, unitAt: (index: number) => number): string {
  let text = "";
  for (let from = 0; from < length; from += CHUNK) {
    const count = Math.min(CHUNK, length - from);
    text += String.fromCharCode(...Array.from({ length: count }, (_, index) => unitAt(from + index)));
  }
  return text;
}
