/** A body in all the ways in which it may arrive. */

import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";
import { bytesOf, joined } from "./message-body.js";

/** Bodies up to this length are cut in two at every offset, larger ones at a sample of them. */
const everyOffsetLimit = 256;
const samples = 64;

/**
 * Runs a test once for every way of cutting a body: all at once, each byte alone, and in two pieces at every offset (for bodies
 * above 256 bytes at 64 of them, and not each byte alone).
 *
 * @param run gets the chunks, to be given as a body
 * @throws SluiceError TEST_FAILED_WITH, which says how the body was cut and has the test's own error as its cause
 */
export async function everyChunking(body: string | Uint8Array, run: (chunks: Uint8Array[]) => unknown): Promise<void> {
  for (const { name, chunks } of chunkings(bytesOf(body, "everyChunking"))) {
    try {
      await run(chunks);
    } catch (error) {
      const reason = messageOf(error);
      throw new SluiceError("TEST_FAILED_WITH", `With the body ${name}: ${reason}`, { cause: error });
    }
  }
}

function* chunkings(bytes: Uint8Array): Iterable<{ name: string; chunks: Uint8Array[] }> {
  const { length } = bytes;
  yield { name: "all at once", chunks: length === 0 ? [] : [bytes.slice()] };
  if (length < 2) {
    return;
  }
  const step = length <= everyOffsetLimit ? 1 : Math.ceil(length / samples);
  for (let offset = 1; offset < length; offset += step) {
    yield { name: `cut in two after ${offset} bytes`, chunks: [bytes.slice(0, offset), bytes.slice(offset)] };
  }
  if (length <= everyOffsetLimit) {
    yield { name: "byte by byte", chunks: Array.from(bytes, (byte) => joined([Uint8Array.of(byte)])) };
  }
}
