/**
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2). In JavaScript it would take about a hundred times as long, and
 * the hash of a body longer than a callback may; padding, HMAC and the rest are the prelude's.
 */
import { context, scratch } from "./state";
import { EXCEPTION, JS_GetUint8Array, quickjs_work, UNDEFINED } from "./quickjs";

const BLOCK: usize = 64;
/** What a block counts for; see `quickjs_work`. */
const BLOCK_WORK: usize = 32;

/** (state, blocks, constants): the eight words of the state and the 64 constants, in the machine's order of bytes; whole blocks. */
export function sha256Blocks(c: usize, self: i64, count: i32, values: usize): i64 {
  const state = JS_GetUint8Array(context, scratch, load<i64>(values));
  const constants = JS_GetUint8Array(context, scratch, load<i64>(values, 16));
  let block = JS_GetUint8Array(context, scratch, load<i64>(values, 8));
  if (!state || !constants || !block) return EXCEPTION;
  const end = block + load<usize>(scratch);
  for (; block + BLOCK <= end; block += BLOCK) {
    if (!quickjs_work(context, BLOCK_WORK)) return EXCEPTION;
    compress(state, block, constants);
  }
  return UNDEFINED;
}

function compress(state: usize, block: usize, constants: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i = 0; i < 64; i++) {
    const t1 = h + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + ((e & f) ^ (~e & g)) +
      load<u32>(constants + (<usize>i << 2)) + scheduled(block, i);
    const t2 = (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}

/** Word `i` of the message schedule, of which `scratch` keeps the last sixteen. */
// @ts-ignore: decorator
@inline function scheduled(block: usize, i: i32): u32 {
  let word: u32;
  if (i < 16) {
    word = bswap<u32>(load<u32>(block + (<usize>i << 2)));
  } else {
    const w2 = load<u32>(slot(i - 2));
    const w15 = load<u32>(slot(i - 15));
    word = (rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10)) + load<u32>(slot(i - 7)) +
      (rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3)) + load<u32>(slot(i));
  }
  store<u32>(slot(i), word);
  return word;
}

// @ts-ignore: decorator
@inline function slot(i: i32): usize {
  return scratch + (<usize>(i & 15) << 2);
}
