/** A plain copy. `slice()` would not do: a Node `Buffer`'s shares the memory. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
