/** SHA-256 of `@noble/hashes` on the bridge's compression function. */
import { _SHA256 } from "@noble/hashes/sha2.js";
import { createHasher } from "@noble/hashes/utils.js";
import { platform } from "../../platform.js";

const BLOCK = 64;

/** FIPS 180-4, section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const constants = bytesOf(Uint32Array.from(primes(64), (prime) => (Math.cbrt(prime) % 1) * 2 ** 32));

class Sha256 extends _SHA256 {
  /** All whole blocks at once; what remains waits in the base class's buffer. */
  override update(data: Uint8Array): this {
    const whole = this.pos === 0 && !this.finished && !this.destroyed ? data.length - (data.length % BLOCK) : 0;
    if (whole > 0) {
      this.#take(data.subarray(0, whole));
    }
    this.length += whole;
    super.update(data.subarray(whole));
    return this;
  }

  protected override process(view: DataView, offset: number): void {
    this.#take(new Uint8Array(view.buffer, view.byteOffset + offset, BLOCK));
  }

  #take(blocks: Uint8Array): void {
    const words = Int32Array.from(this.get());
    platform().sha256Blocks(bytesOf(words), blocks, constants);
    this.set(...(words as unknown as Parameters<Sha256["set"]>));
  }
}

export const sha256 = createHasher<_SHA256>(() => new Sha256());

function bytesOf(words: Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) {
      found.push(candidate);
    }
  }
  return found;
}
