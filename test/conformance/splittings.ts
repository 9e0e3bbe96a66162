/** The ways in which bodies are cut before they are sent. */
import { asWritten, type Splitting } from "../../src/cases/runner/splitting.js";

/** Above this, each byte alone takes too long: many small pieces take its place, about twice as many as this says. */
const bytewiseLimit = 8_192;
const smallPieces = 500;

/** Bodies up to this length are cut in two at every offset. */
const everyOffsetLimit = 8;

/** Those up to this one are at so many, others with each seed. */
const drawnOffsetsLimit = 64;
const drawnOffsets = 6;

/** Where larger ones are cut: at their ends, and beside sizes that buffers and frames have. */
const sampledOffsets = [1, 16_384, 65_536];

export const allAtOnce: Splitting = {
  name: "all at once",
  split: (parts) => asWritten.split([Buffer.concat(parts)]),
};

export const eachByteAlone: Splitting = {
  name: "each byte alone",
  split(parts) {
    const whole = Buffer.concat(parts);
    if (whole.length > bytewiseLimit) {
      return randomPieces(whole, 1, Math.ceil(whole.length / smallPieces));
    }
    return Array.from(whole, (_, i) => whole.subarray(i, i + 1));
  },
};

/** Pieces of any size; the same ones for the same seed. */
export function atRandom(seed: number): Splitting {
  return {
    name: `at random, seed ${seed}`,
    split(parts) {
      const whole = Buffer.concat(parts);
      return randomPieces(whole, seed, Math.max(1, Math.ceil(whole.length / 3)));
    },
  };
}

/** Two pieces, the first one this long. A body that is not longer is one. */
export function inTwoAt(offset: number): Splitting {
  return {
    name: `in two at ${offset}`,
    split(parts) {
      const whole = Buffer.concat(parts);
      return asWritten.split([whole.subarray(0, offset), whole.subarray(offset)]);
    },
  };
}

/** Offsets at which bodies of these lengths can be cut in two: every one of short bodies, and some of longer ones, the first and the last among them. */
export function offsetsOf(lengths: readonly number[], seed: number): number[] {
  const random = generator(seed);
  const offsets = lengths.flatMap((length) => {
    if (length <= everyOffsetLimit) {
      return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
    }
    if (length <= drawnOffsetsLimit) {
      return [1, length - 1, ...Array.from({ length: drawnOffsets }, () => 1 + Math.floor(random() * (length - 1)))];
    }
    return [...sampledOffsets, length - 1].filter((offset) => offset < length);
  });
  return [...new Set(offsets)].sort((a, b) => a - b);
}

function randomPieces(whole: Buffer, seed: number, longest: number): Buffer[] {
  const random = generator(seed);
  const pieces: Buffer[] = [];
  for (let start = 0; start < whole.length; start += pieces.at(-1)!.length) {
    pieces.push(whole.subarray(start, start + 1 + Math.floor(random() * longest)));
  }
  return pieces;
}

/** Mulberry32: numbers from 0 to 1 that a seed determines. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
