/** TextEncoder and TextDecoder of the Encoding standard. */
import { LegacyDecoder } from "../../../abi/legacy-decoder.js";
import { encodingOf } from "../../../abi/text-encodings.js";
import { defineGlobals } from "../globals.js";
import { platform } from "../platform.js";
import { viewBytes } from "./buffer-source.js";
import { dictionary, domString, required, usvString } from "./web-idl.js";

const BYTE_ORDER_MARK = "\uFEFF";

class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(text: unknown = ""): Uint8Array {
    return platform().encodeUtf8(usvString(text));
  }

  encodeInto(...args: [text: unknown, target: unknown]): { read: number; written: number } {
    const [given, target] = required(args, 2, "encodeInto()");
    const text = usvString(given);
    if (!(target instanceof Uint8Array)) {
      throw new TypeError("encodeInto(): expected a Uint8Array to write to.");
    }
    let read = 0;
    let written = 0;
    for (const char of text) {
      const bytes = platform().encodeUtf8(char);
      if (written + bytes.length > target.length) {
        break;
      }
      target.set(bytes, written);
      written += bytes.length;
      read += char.length;
    }
    return { read, written };
  }
}

class TextDecoder {
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  /** undefined: UTF-8, which the bridge decodes. */
  readonly #legacy: LegacyDecoder | undefined;
  /** The beginning of a sequence whose rest comes with the next chunk. */
  #pending = new Uint8Array(0);
  #started = false;

  constructor(label: unknown = "utf-8", options?: unknown) {
    const encoding = encodingOf(domString(label));
    const { fatal, ignoreBOM } = dictionary(options);
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
    this.#legacy = encoding === "utf-8" ? undefined : new LegacyDecoder(encoding, this.#fatal, this.#ignoreBOM);
  }

  get encoding(): string {
    return this.#legacy?.encoding ?? "utf-8";
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBOM;
  }

  decode(input: unknown = new Uint8Array(0), options?: unknown): string {
    const given = input instanceof SharedArrayBuffer ? new Uint8Array(input) : viewBytes(input);
    const stream = Boolean(dictionary(options)["stream"]);
    return this.#legacy === undefined ? this.#decodeUtf8(given, stream) : this.#legacy.decode(given, !stream);
  }

  #decodeUtf8(given: Uint8Array, stream: boolean): string {
    let bytes = joined(this.#pending, given);
    this.#pending = new Uint8Array(0);
    if (stream) {
      const complete = bytes.length - unfinishedLength(bytes);
      this.#pending = bytes.slice(complete);
      bytes = bytes.subarray(0, complete);
    }
    const first = !this.#started;
    const text = platform().decodeUtf8(bytes, this.#fatal);
    this.#started = stream && (this.#started || bytes.length > 0);
    if (text === undefined) {
      throw new TypeError("The bytes are not valid UTF-8.");
    }
    return first && !this.#ignoreBOM && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) {
    return tail;
  }
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
    if ((byte & 0xc0) === 0x80) {
      continue;
    }
    const needed = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    if (byte > 0xf4 || needed <= back) {
      return 0;
    }
    // A second byte out of range can no longer be completed.
    if (back >= 2) {
      const second = bytes[end - back + 1]!;
      const low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
      const high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
      if (second < low || second > high) {
        return 0;
      }
    }
    return back;
  }
  return 0;
}

defineGlobals({ TextEncoder, TextDecoder });
