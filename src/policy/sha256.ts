/** SHA-256 (FIPS 180-4) at once, for services on the way of every request: `crypto.subtle` has its callers wait for a promise. */
import type { InstancePort, PortInstance } from "./service-port.js";

/** What modules have among their hostcalls: the compression of whole blocks. All are given as bytes of 32-bit words. */
interface BlockHostcalls {
  sha256Blocks(state: Uint8Array, blocks: Uint8Array, constants: Uint8Array): void;
}

const blockBytes = 64;
/** The byte 0x80 and the length in bits. */
const paddingBytes = 9;

/** The eight words of the state before the first block, and one for each round: made when the first is hashed. */
let tables: { readonly initial: Int32Array; readonly rounds: Uint8Array } | undefined;

/** The digest's eight words. */
export function sha256(port: InstancePort, bytes: Uint8Array): Int32Array {
  const { calls, services } = (port as InstancePort & { readonly instance: PortInstance }).instance.access;
  if (services.sha256 !== undefined) {
    return wordsOf(services.sha256(bytes));
  }
  tables ??= { initial: roots(8, Math.sqrt), rounds: new Uint8Array(roots(64, Math.cbrt).buffer) };
  const state = tables.initial.slice();
  (calls as unknown as BlockHostcalls).sha256Blocks(new Uint8Array(state.buffer), padded(bytes), tables.rounds);
  return state;
}

/** Words that are written as bytes, the most significant first. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index));
}

/** Section 5.1.1. */
function padded(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const blocks = new Uint8Array(Math.ceil((length + paddingBytes) / blockBytes) * blockBytes);
  blocks.set(bytes);
  blocks[length] = 0x80;
  new DataView(blocks.buffer).setUint32(blocks.length - 4, 8 * length);
  return blocks;
}

/** Sections 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of the roots of the first primes. */
function roots(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) {
      primes.push(candidate);
    }
  }
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}
