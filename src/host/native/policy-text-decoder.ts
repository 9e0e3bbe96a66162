/** `TextDecoder` of a policy that runs as plain JavaScript: the encodings that it has in a module, each decoded as there. */
import { TextDecoder } from "node:util";
import { LegacyDecoder } from "../../abi/legacy-decoder.js";
import { encodingOf } from "../../abi/text-encodings.js";

interface DecodeOptions {
  readonly stream?: boolean;
}

export class PolicyTextDecoder {
  /** Node's; it converts the options, too. */
  readonly #utf8: TextDecoder;
  /** undefined: UTF-8, which Node decodes. */
  readonly #legacy: LegacyDecoder | undefined;

  constructor(label: unknown = "utf-8", options?: { fatal?: boolean; ignoreBOM?: boolean }) {
    // Not `String()`, which would take a symbol.
    const encoding = encodingOf("".concat(label as string));
    this.#utf8 = new TextDecoder("utf-8", options);
    const { fatal, ignoreBOM } = this.#utf8;
    this.#legacy = encoding === "utf-8" ? undefined : new LegacyDecoder(encoding, fatal, ignoreBOM);
  }

  get encoding(): string {
    return this.#legacy?.encoding ?? "utf-8";
  }

  get fatal(): boolean {
    return this.#utf8.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#utf8.ignoreBOM;
  }

  decode(input?: unknown, options?: DecodeOptions): string {
    return this.#legacy === undefined
      ? this.#utf8.decode(input as Uint8Array | undefined, options)
      : this.#legacy.decode(bytesOf(input), options?.stream !== true);
  }
}

function bytesOf(input: unknown = new Uint8Array(0)): Uint8Array {
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) {
    return new Uint8Array(input);
  }
  throw new TypeError("Expected an ArrayBuffer or a view of one.");
}

Object.defineProperty(PolicyTextDecoder, "name", { value: "TextDecoder", configurable: true });
Object.defineProperty(PolicyTextDecoder.prototype, Symbol.toStringTag, { value: "TextDecoder", configurable: true });
