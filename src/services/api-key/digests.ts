/** Digests in the two forms that they have here: eight 32-bit words, and hexadecimal text. */

const words = 8;
const digitsOfWord = 8;

export function hexOf(digest: Int32Array): string {
  let hex = "";
  for (const word of digest) {
    hex += (word >>> 0).toString(16).padStart(digitsOfWord, "0");
  }
  return hex;
}

/**
 * Whether a digest is what the text says. It takes the same time wherever they differ. What is compared are hashes, so nobody who sends
 * secrets can choose where that is, either.
 */
export function isDigest(digest: Int32Array, hex: string): boolean {
  let difference = 0;
  for (let index = 0; index < words; index++) {
    difference |= digest[index]! ^ parseInt(hex.slice(index * digitsOfWord, (index + 1) * digitsOfWord), 16);
  }
  return difference === 0;
}
