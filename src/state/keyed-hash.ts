/**
 * HalfSipHash-2-4 with 64 bits of output (https://github.com/veorq/SipHash): nobody who does not know the key finds texts that meet. It has
 * 32-bit words, so it is fast in JavaScript, too. `engine/bridge/limit-table.c` has the same.
 */

/** A key of 64 bits. */
export interface HashKey {
  readonly low: number;
  readonly high: number;
}

/** As two 32-bit numbers. */
export type Hash = readonly [low: number, high: number];

export function keyedHash(bytes: Uint8Array, { low, high }: HashKey): Hash {
  const { length } = bytes;
  const whole = length & ~3;
  const state = new Int32Array([low, high ^ 0xee, 0x6c796765 ^ low, 0x74656462 ^ high]);
  const compress = (word: number): void => {
    state[3]! ^= word;
    rounds(state, 2);
    state[0]! ^= word;
  };
  for (let index = 0; index < whole; index += 4) {
    compress(bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24));
  }
  let last = length << 24;
  for (let index = whole; index < length; index++) {
    last |= bytes[index]! << (8 * (index - whole));
  }
  compress(last);
  state[2]! ^= 0xee;
  rounds(state, 4);
  const first = (state[1]! ^ state[3]!) >>> 0;
  state[1]! ^= 0xdd;
  rounds(state, 4);
  return [first, (state[1]! ^ state[3]!) >>> 0];
}

function rounds(state: Int32Array, count: number): void {
  let [v0, v1, v2, v3] = state as unknown as [number, number, number, number];
  for (let round = 0; round < count; round++) {
    v0 = (v0 + v1) | 0;
    v1 = rotated(v1, 5) ^ v0;
    v0 = rotated(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotated(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotated(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotated(v1, 13) ^ v2;
    v2 = rotated(v2, 16);
  }
  state.set([v0, v1, v2, v3]);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
