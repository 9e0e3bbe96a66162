/** Unsigned integers, big-endian in bytes. */

const WORD = 8;

export function integerFrom(bytes: Uint8Array): bigint {
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD) * WORD);
  padded.set(bytes, padded.length - bytes.length);
  const view = new DataView(padded.buffer);
  let integer = 0n;
  for (let at = 0; at < padded.length; at += WORD) {
    integer = (integer << 64n) | view.getBigUint64(at);
  }
  return integer;
}

/** So many bytes; undefined: the integer has more. */
export function bytesOf(integer: bigint, length: number): Uint8Array | undefined {
  const padded = new Uint8Array(Math.ceil(length / WORD) * WORD);
  const view = new DataView(padded.buffer);
  let rest = integer;
  for (let at = padded.length - WORD; at >= 0; at -= WORD) {
    view.setBigUint64(at, rest);
    rest >>= 64n;
  }
  const spare = padded.length - length;
  return rest !== 0n || padded.subarray(0, spare).some((byte) => byte !== 0) ? undefined : padded.subarray(spare);
}
