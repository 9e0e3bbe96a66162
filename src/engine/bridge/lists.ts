/**
 * Lists between JavaScript and the host: header maps as proxy-wasm serialises them (count; length of name and value of each
 * pair; then each name and value with a zero byte behind it), property paths (segments separated by zero bytes).
 */
import { context, scratch } from "./state";
import {
  free, isException, JS_FreeValue, JS_GetLength, JS_GetPropertyUint32, JS_NewArrayFrom, JS_NewError, JS_Throw, malloc,
} from "./quickjs";
import { newByteString, readBytes, readUtf8, releaseText, Text, TEXT_SIZE } from "./strings";

/** A flat JS array from a serialised map. A list that contradicts itself ends where it does. */
export function newHeaderList(pointer: usize, length: usize): i64 {
  if (length < 4) return JS_NewArrayFrom(context, 0, 0);
  const end = pointer + length;
  const count = load<u32>(pointer);
  let lengths = pointer + 4;
  let bytes = lengths + <usize>count * 8;
  const values = malloc(<usize>count * 16 + 1);
  let filled: i32 = 0;
  for (let i: u32 = 0; i < count * 2; i++) {
    if (bytes > end) break;
    const size = <usize>load<u32>(lengths);
    if (bytes + size + 1 > end) break;
    store<i64>(values + <usize>(filled++) * 8, newByteString(bytes, size));
    bytes += size + 1;
    lengths += 4;
  }
  // The array takes the values over.
  const array = JS_NewArrayFrom(context, filled, values);
  free(values);
  return array;
}

/** Serialises a flat JS array of byte strings into an empty `out`. false: not such an array, and an error is thrown. */
export function serialiseHeaders(array: i64, out: Text): bool {
  const count = arrayLength(array);
  if (count < 0) return false;
  if (count % 2) {
    JS_Throw(context, JS_NewError(context));
    return false;
  }
  const texts = malloc(<usize>count * TEXT_SIZE + 1);
  const size = readTexts(array, count, texts, true);
  if (size < 0) return false;
  const total: usize = 4 + <usize>count * 5 + <usize>size;
  const pointer = malloc(total);
  store<u32>(pointer, <u32>count / 2);
  let lengths = pointer + 4;
  let bytes = lengths + <usize>count * 4;
  for (let i = 0; i < count; i++) {
    const text = textAt(texts, i);
    store<u32>(lengths, <u32>text.length);
    lengths += 4;
    memory.copy(bytes, text.pointer, text.length);
    bytes += text.length;
    store<u8>(bytes++, 0);
  }
  releaseTexts(texts, count);
  out.owned = pointer;
  out.pointer = pointer;
  out.length = total;
  return true;
}

/** Serialises a property path into an empty `out`. false: not an array of strings, and an error is thrown. */
export function serialisePath(array: i64, out: Text): bool {
  const count = arrayLength(array);
  if (count < 0) return false;
  const texts = malloc(<usize>count * TEXT_SIZE + 1);
  const size = readTexts(array, count, texts, false);
  if (size < 0) return false;
  const total: usize = <usize>size + <usize>(count > 0 ? count - 1 : 0);
  const pointer = malloc(total + 1);
  let bytes = pointer;
  for (let i = 0; i < count; i++) {
    const text = textAt(texts, i);
    memory.copy(bytes, text.pointer, text.length);
    bytes += text.length;
    store<u8>(bytes++, 0);
  }
  releaseTexts(texts, count);
  out.owned = pointer;
  out.pointer = pointer;
  out.length = total;
  return true;
}

function arrayLength(array: i64): i32 {
  if (JS_GetLength(context, array, scratch) < 0) return -1;
  return <i32>load<i64>(scratch);
}

// @ts-ignore: decorator
@inline function textAt(texts: usize, index: i32): Text {
  return changetype<Text>(texts + <usize>index * TEXT_SIZE);
}

/** The total length; -1 when an element is not a string of that kind (`texts` is then freed). */
function readTexts(array: i64, count: i32, texts: usize, bytes: bool): isize {
  let size: isize = 0;
  memory.fill(texts, 0, <usize>count * TEXT_SIZE);
  for (let i = 0; i < count; i++) {
    const value = JS_GetPropertyUint32(context, array, i);
    const text = textAt(texts, i);
    const read = !isException(value) && (bytes ? readBytes(value, text) : readUtf8(value, text));
    // The text keeps its own reference to the string.
    JS_FreeValue(context, value);
    if (!read) {
      releaseTexts(texts, i);
      return -1;
    }
    size += <isize>text.length;
  }
  return size;
}

function releaseTexts(texts: usize, count: i32): void {
  for (let i = 0; i < count; i++) releaseText(textAt(texts, i));
  free(texts);
}
