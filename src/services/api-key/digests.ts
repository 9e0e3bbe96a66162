/** Digests in the two forms that they have here: eight 32-bit words, and hexadecimal text. */

const digitsOfWord = 8;

export function hexOf(digest: Int32Array): string {
  let hex = "";
  for (const word of digest) {
    hex += (word >>> 0).toString(16).padStart(digitsOfWord, "0");
  }
  return hex;
}

/** A digest that others are compared with. */
export class KnownDigest {
  /** In lower case. */
  readonly hex: string;
  /** Once it was compared: of long lists most never are. */
  private words: Int32Array | undefined;

  constructor(hex: string) {
    this.hex = hex;
  }

  /**
   * Whether it is the same. That takes the same time wherever they differ. What is compared are hashes, so nobody who sends secrets can
   * choose where that is, either.
   */
  is(digest: Int32Array): boolean {
    const words = (this.words ??= wordsOf(this.hex));
    let difference = 0;
    for (let index = 0; index < words.length; index++) {
      difference |= words[index]! ^ digest[index]!;
    }
    return difference === 0;
  }
}

function wordsOf(hex: string): Int32Array {
  return Int32Array.from({ length: hex.length / digitsOfWord }, (_, index) =>
    parseInt(hex.slice(index * digitsOfWord, (index + 1) * digitsOfWord), 16),
  );
}
