/** TextEncoder and TextDecoder of the Encoding standard, for UTF-8 only. */
import type { PlatformFunctions } from "./natives.js";

const BYTE_ORDER_MARK = "\uFEFF";

export function textCoding({ encodeUtf8, decodeUtf8 }: PlatformFunctions): Record<string, unknown> {
  class TextEncoder {
    readonly encoding = "utf-8";

    encode(text: unknown = ""): Uint8Array {
      return encodeUtf8(wellFormed(String(text)));
    }

    encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
      let read = 0;
      let written = 0;
      for (const char of text) {
        const bytes = this.encode(char);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += char.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    readonly encoding = "utf-8";
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    /** The beginning of a sequence whose rest comes with the next chunk. */
    #pending = new Uint8Array(0);
    #started = false;

    constructor(label: string = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      if (!/^\s*(?:utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
        throw new RangeError(`TextDecoder knows UTF-8 only, not "${label}".`);
      }
      this.fatal = options.fatal === true;
      this.ignoreBOM = options.ignoreBOM === true;
    }

    decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
      let bytes = joined(this.#pending, viewOf(input));
      this.#pending = new Uint8Array(0);
      if (options.stream === true) {
        const complete = bytes.length - unfinishedLength(bytes);
        this.#pending = bytes.slice(complete);
        bytes = bytes.subarray(0, complete);
      }
      let text = decodeUtf8(bytes, this.fatal);
      const first = !this.#started;
      if (text !== "") this.#started = options.stream === true;
      if (options.stream !== true) this.#started = false;
      if (text === undefined) throw new TypeError("The bytes are not valid UTF-8.");
      if (first && !this.ignoreBOM && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
      return text;
    }
  }

  return { TextEncoder, TextDecoder };
}

/** Lone surrogates become U+FFFD. */
function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

function viewOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  return new Uint8Array(input);
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail;
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/** How many bytes at the end begin a sequence that may still become well-formed. */
function unfinishedLength(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    if (byte > 0xf4 || needed <= back) return 0;
    // A second byte out of range can no longer be completed.
    if (back >= 2) {
      const second = bytes[end - back + 1]!;
      const low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
      const high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
      if (second < low || second > high) return 0;
    }
    return back;
  }
  return 0;
}
