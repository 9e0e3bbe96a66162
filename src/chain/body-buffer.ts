import { copyBytes } from "../abi/copy-bytes.js";

/** Bytes on their way through a chain, kept as the chunks they came in: passing them on copies nothing. */
export class BodyBuffer {
  private pieces: Uint8Array[];
  private size: number;

  constructor(chunk?: Uint8Array) {
    this.pieces = chunk === undefined || chunk.length === 0 ? [] : [chunk];
    this.size = chunk === undefined ? 0 : chunk.length;
  }

  get length(): number {
    return this.size;
  }

  /** The chunks in order, none of them empty. */
  get chunks(): readonly Uint8Array[] {
    return this.pieces;
  }

  append(other: BodyBuffer): void {
    for (const chunk of other.pieces) {
      this.pieces.push(chunk);
    }
    this.size += other.size;
  }

  /** A copy of `length` bytes from `start`, fewer where the buffer ends. */
  slice(start: number, length: number): Uint8Array {
    const begin = Math.min(Math.max(start, 0), this.size);
    const end = Math.min(begin + Math.max(length, 0), this.size);
    // Who is told of each chunk while more and more is kept looks at the last one alone: joining all each time would cost the square of it.
    const last = this.pieces.at(-1);
    const position = this.size - (last?.length ?? 0);
    if (last !== undefined && begin >= position) {
      return copyBytes(last, begin - position, end - position);
    }
    // The joined bytes replace the chunks: a guest that looks once tends to look again.
    return copyBytes(this.join(), begin, end);
  }

  /**
   * What proxy-wasm hosts can do, and no more: put bytes in front (0, 0), replace everything (0, length or more), or
   * add at the end (length, any). false for anything else.
   */
  splice(start: number, length: number, bytes: Uint8Array): boolean {
    const copy = copyBytes(bytes);
    const added = copy.length === 0 ? [] : [copy];
    if (start === 0 && length === 0) {
      this.pieces.unshift(...added);
      this.size += copy.length;
    } else if (start === 0 && length >= this.size) {
      this.pieces = added;
      this.size = copy.length;
    } else if (start >= this.size) {
      this.pieces.push(...added);
      this.size += copy.length;
    } else {
      return false;
    }
    return true;
  }

  private join(): Uint8Array {
    const [first] = this.pieces;
    if (this.pieces.length === 1 && first !== undefined) {
      return first;
    }
    const joined = new Uint8Array(this.size);
    let offset = 0;
    for (const chunk of this.pieces) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    this.pieces = this.size === 0 ? [] : [joined];
    return joined;
  }
}
