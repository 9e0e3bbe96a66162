/**
 * Lists as proxy-wasm lays them out in memory.
 *
 * Source: https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#serialization. What is malformed is refused as
 * Envoy's host does it, but not taken for an empty list.
 */
import type { HeaderList } from "../../abi/port.js";

/** Envoy's limit (`PROXY_WASM_HOST_PAIRS_MAX_COUNT`). */
const maxPairs = 1024;

/** Count; lengths of name and value of each pair; each name and value with a zero byte behind it. An empty list is no bytes. */
export function encodeHeaders(headers: HeaderList): Uint8Array {
  if (headers.length === 0) {
    return Buffer.alloc(0);
  }
  const textStart = 4 + headers.length * 4;
  const size = headers.reduce((total, text) => total + text.length + 1, textStart);
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(headers.length / 2, 0);
  let offset = textStart;
  headers.forEach((text, index) => {
    bytes.writeUInt32LE(text.length, 4 + index * 4);
    bytes.write(text, offset, "latin1");
    offset += text.length + 1;
  });
  return bytes;
}

/** undefined where the bytes are no list. No bytes at all are an empty one. */
export function decodeHeaders(bytes: Buffer): HeaderList | undefined {
  if (bytes.length === 0) {
    return [];
  }
  if (bytes.length < 4) {
    return undefined;
  }
  const count = bytes.readUInt32LE(0);
  let offset = 4 + count * 8;
  if (count > maxPairs || offset > bytes.length) {
    return undefined;
  }
  const headers: HeaderList = [];
  for (let index = 0; index < count * 2; index++) {
    const end = offset + bytes.readUInt32LE(4 + index * 4);
    if (end >= bytes.length || bytes[end] !== 0) {
      return undefined;
    }
    headers.push(bytes.toString("latin1", offset, end));
    offset = end + 1;
  }
  return offset === bytes.length ? headers : undefined;
}

/** Segments with zero bytes between them; some SDKs add one behind the last. */
export function decodePath(bytes: Buffer): string[] {
  const text = bytes.toString();
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}
