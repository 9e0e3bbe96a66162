import { copyBytes } from "../copy-bytes.js";

/** Bytes on their way through a chain, kept as the chunks they came in: passing them on copies nothing. */
export class BodyBuffer {
  #chunks: Uint8Array[];
  #length: number;

  constructor(chunk?: Uint8Array) {
    this.#chunks = chunk === undefined || chunk.length === 0 ? [] : [chunk];
    this.#length = chunk === undefined ? 0 : chunk.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The chunks in order, none of them empty. */
  get chunks(): readonly Uint8Array[] {
    return this.#chunks;
  }

  append(other: BodyBuffer): void {
    for (const chunk of other.#chunks) {
      this.#chunks.push(chunk);
    }
    this.#length += other.#length;
  }

  /** A copy of `length` bytes from `start`, fewer where the buffer ends. */
  slice(start: number, length: number): Uint8Array {
    const begin = Math.min(Math.max(start, 0), this.#length);
    const end = Math.min(begin + Math.max(length, 0), this.#length);
    // Who is told of each chunk while more and more is kept looks at the last one alone: joining all each time would cost the square of it.
    const last = this.#chunks.at(-1);
    const position = this.#length - (last?.length ?? 0);
    if (last !== undefined && begin >= position) {
      return copyBytes(last, begin - position, end - position);
    }
    // The joined bytes replace the chunks: a guest that looks once tends to look again.
    return copyBytes(this.#join(), begin, end);
  }

  /**
   * What proxy-wasm hosts can do, and no more: put bytes in front (0, 0), replace everything (0, length or more), or
   * add at the end (length, any). false for anything else.
   */
  splice(start: number, length: number, bytes: Uint8Array): boolean {
    const copy = copyBytes(bytes);
    const added = copy.length === 0 ? [] : [copy];
    if (start === 0 && length === 0) {
      this.#chunks.unshift(...added);
      this.#length += copy.length;
    } else if (start === 0 && length >= this.#length) {
      this.#chunks = added;
      this.#length = copy.length;
    } else if (start >= this.#length) {
      this.#chunks.push(...added);
      this.#length += copy.length;
    } else {
      return false;
    }
    return true;
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first !== undefined) {
      return first;
    }
    const joined = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    this.#chunks = this.#length === 0 ? [] : [joined];
    return joined;
  }
}
