/** The ways in which a body is cut before it is written to a socket. */

export interface Splitting {
  name: string;
  split(parts: readonly Buffer[]): Buffer[];
}

/** Above this, each byte alone takes too long: many small pieces take its place. */
const bytewiseLimit = 65_536;
const smallPiece = 512;

export const asWritten: Splitting = { name: "as written", split: (parts) => parts.filter((part) => part.length > 0) };

export const allAtOnce: Splitting = {
  name: "all at once",
  split: (parts) => asWritten.split([Buffer.concat(parts)]),
};

export const eachByteAlone: Splitting = {
  name: "each byte alone",
  split(parts) {
    const whole = Buffer.concat(parts);
    if (whole.length > bytewiseLimit) return randomPieces(whole, 1, smallPiece);
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

function randomPieces(whole: Buffer, seed: number, longest: number): Buffer[] {
  const random = generator(seed);
  const pieces: Buffer[] = [];
  for (let start = 0; start < whole.length; start += pieces.at(-1).length) {
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
