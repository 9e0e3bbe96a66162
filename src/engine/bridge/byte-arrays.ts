/** Byte arrays whose memory is not QuickJS's own. */
import { adoptedBytes, context, setAdoptedBytes } from "./state";
import { free, JS_NewUint8Array, malloc, realloc } from "./quickjs";

/** Bytes that `malloc` gave, to the host or to the bridge, become the memory of a Uint8Array without a copy. */
export function adoptBytes(pointer: usize, length: usize): i64 {
  setAdoptedBytes(adoptedBytes + length);
  return JS_NewUint8Array(context, pointer ? pointer : malloc(1), length, resizeBytes.index, length, 0);
}

/** QuickJS resizes and frees (size 0) the memory through this. */
function resizeBytes(runtime: usize, length: usize, pointer: usize, size: usize): usize {
  if (size > 0) return realloc(pointer, size);
  setAdoptedBytes(adoptedBytes - length);
  free(pointer);
  return 0;
}
