/** Tokens of the encoding p50k_base. */
import { isWithinTokenLimit, setMergeCacheSize } from "gpt-tokenizer/encoding/p50k_base";

/** The one special token of the encoding. */
const endOfText = "<|endoftext|>";
/** The package takes the square of its length for what the encoding does not split: letters, digits or signs without anything else between. */
const unbroken = /\p{L}{200,}|\p{N}{200,}|[^\s\p{L}\p{N}]{200,}|\s{200,}/gu;
const encoder = new TextEncoder();

// Words that it remembers; 100,000 by default.
setMergeCacheSize(1_000);

/**
 * The tokens of a text, where the text of the special token counts as one, and what has no end as one for each byte, which is never too few.
 *
 * @param most where counting stops: it may be many more
 */
export function countTokens(text: string, most: number): number {
  let count = 0;
  for (const [index, part] of text.split(endOfText).entries()) {
    count += index === 0 ? 0 : 1;
    for (const word of part.match(unbroken) ?? []) {
      count += encoder.encode(word).length;
    }
    if (count >= most) {
      return most;
    }
    const counted = isWithinTokenLimit(part.replace(unbroken, " "), most - count);
    if (counted === false) {
      return most;
    }
    count += counted;
  }
  return Math.min(count, most);
}
