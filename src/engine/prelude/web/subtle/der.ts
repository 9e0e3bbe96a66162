/** DER (ITU-T X.690, section 10), as far as keys and signatures need it. */
import { joined } from "../joined.js";
import { dataError } from "./crypto-errors.js";

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const SEQUENCE = 0x30;

type Bytes = ArrayLike<number>;

/** One element: its tag, its length, and its parts. */
export function element(tag: number, ...parts: readonly Bytes[]): Uint8Array {
  const { length } = joined(parts);
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return joined([head, ...parts]);
}

/** An INTEGER that is not negative, from its bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  const shortest = withoutZeros(bytes);
  return (shortest[0] ?? 0x80) & 0x80 ? element(INTEGER, [0], shortest) : element(INTEGER, shortest);
}

export function withoutZeros(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (bytes[from] === 0) {
    from++;
  }
  return bytes.subarray(from);
}

/** Reads the elements in some bytes, one after the other. Throws a DataError where they are others than expected. */
export class DerReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether the next element has this tag. */
  has(tag: number): boolean {
    return this.bytes[this.at] === tag;
  }

  /** The content of the next element, which has to have this tag. */
  content(tag: number): Uint8Array {
    const { bytes } = this;
    let from = this.at + 2;
    let length = bytes[this.at + 1] ?? Infinity;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      length = 0;
      for (let count = 0; count < octets; count++) {
        length = length * 0x100 + (bytes[from++] ?? 0);
      }
      // Of all lengths DER allows the shortest form alone; no key has more than two octets of it.
      if (octets < 1 || octets > 2 || length < (octets === 1 ? 0x80 : 0x100)) {
        throw malformed();
      }
    }
    if (bytes[this.at] !== tag || from + length > bytes.length) {
      throw malformed();
    }
    this.at = from + length;
    return bytes.subarray(from, this.at);
  }

  /** The elements in the next one. */
  inside(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  /** The bytes of an INTEGER that is not negative, without zeros in front. */
  integer(): Uint8Array {
    const content = this.content(INTEGER);
    const first = content[0] ?? 0x80;
    if (first >= 0x80 || (first === 0 && content.length > 1 && content[1]! < 0x80)) {
      throw malformed();
    }
    return withoutZeros(content);
  }

  /** The bytes of a BIT STRING of whole octets. */
  bits(): Uint8Array {
    const content = this.content(BIT_STRING);
    if (content[0] !== 0) {
      throw malformed();
    }
    return content.subarray(1);
  }

  /** Throws unless the next bytes are these. */
  expect(bytes: Bytes): void {
    for (let index = 0; index < bytes.length; index++) {
      if (this.bytes[this.at + index] !== bytes[index]) {
        throw malformed();
      }
    }
    this.at += bytes.length;
  }

  /** Throws where something follows. */
  end(): void {
    if (this.at !== this.bytes.length) {
      throw malformed();
    }
  }
}

function malformed(): DOMException {
  return dataError("The key is not well-formed, or of another kind than the algorithm's.");
}
