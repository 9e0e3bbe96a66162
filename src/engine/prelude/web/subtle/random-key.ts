import { fillWithRandom } from "../../random.js";

/** Random bytes for a key of so many bits. */
export function randomKey(bits: number): Uint8Array {
  const bytes = new Uint8Array(bits / 8);
  fillWithRandom(bytes, "crypto.subtle.generateKey()");
  return bytes;
}
