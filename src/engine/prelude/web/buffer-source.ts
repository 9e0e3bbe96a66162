/** The bytes of a web API's `BufferSource`, without a copy. Throws a TypeError for anything else. */
export function viewBytes(source: unknown): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  }
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source);
  }
  throw new TypeError("Expected an ArrayBuffer or a view of one.");
}
