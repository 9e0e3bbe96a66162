/**
 * Strings between JavaScript and the host. Header names and values are byte strings (one char a byte, U+0000 to U+00FF);
 * everything else is UTF-8. Nearly all are ASCII, where both are the same bytes.
 */
import { context } from "./state";
import {
  free, isString, JS_FreeCString, JS_NewError, JS_NewStringLen, JS_NewStringUTF16, JS_Throw, JS_ToCStringLen2, malloc,
} from "./quickjs";

const HIGH_BITS: u64 = 0x8080808080808080;

/** Where the bytes of an argument are, until `releaseText`. */
@unmanaged
export class Text {
  pointer: usize;
  length: usize;
  /** What QuickJS lent. */
  lent: usize;
  /** What was allocated for it. */
  owned: usize;
}

export const TEXT_SIZE: usize = 16;

export function isAscii(pointer: usize, length: usize): bool {
  const end = pointer + length;
  while (pointer + 8 <= end) {
    if (load<u64>(pointer) & HIGH_BITS) return false;
    pointer += 8;
  }
  while (pointer < end) {
    if (load<u8>(pointer) & 0x80) return false;
    pointer++;
  }
  return true;
}

/** The UTF-8 bytes of a JS string, in an empty `text`. false: not a string, and an error is thrown. */
export function readUtf8(value: i64, text: Text): bool {
  if (!isString(value)) {
    JS_Throw(context, JS_NewError(context));
    return false;
  }
  const utf8 = JS_ToCStringLen2(context, changetype<usize>(text) + offsetof<Text>("length"), value, 0);
  if (!utf8) return false;
  text.lent = utf8;
  text.pointer = utf8;
  return true;
}

/** The bytes of a byte string. false: not a byte string, and an error is thrown. */
export function readBytes(value: i64, text: Text): bool {
  if (!readUtf8(value, text)) return false;
  if (isAscii(text.pointer, text.length)) return true;
  const bytes = malloc(text.length);
  const length = latin1FromUtf8(text.pointer, text.length, bytes);
  if (length < 0) {
    free(bytes);
    releaseText(text);
    JS_Throw(context, JS_NewError(context));
    return false;
  }
  text.owned = bytes;
  text.pointer = bytes;
  text.length = <usize>length;
  return true;
}

export function releaseText(text: Text): void {
  if (text.owned) free(text.owned);
  if (text.lent) JS_FreeCString(context, text.lent);
  text.pointer = 0;
  text.length = 0;
  text.lent = 0;
  text.owned = 0;
}

/** The length written, or -1 when there is a char above U+00FF. */
function latin1FromUtf8(source: usize, length: usize, target: usize): isize {
  const end = source + length;
  let written: isize = 0;
  while (source < end) {
    let char = <u32>load<u8>(source++);
    if (char >= 0x80) {
      // U+0080 to U+00FF are exactly the two-byte sequences that begin with C2 or C3.
      if (char > 0xc3) return -1;
      char = ((char & 3) << 6) | (load<u8>(source++) & 0x3f);
    }
    store<u8>(target + written++, <u8>char);
  }
  return written;
}

/** A JS byte string. */
export function newByteString(pointer: usize, length: usize): i64 {
  if (isAscii(pointer, length)) return JS_NewStringLen(context, pointer, length);
  const units = malloc(length * 2);
  for (let i: usize = 0; i < length; i++) store<u16>(units + i * 2, load<u8>(pointer + i));
  const value = JS_NewStringUTF16(context, units, length);
  free(units);
  return value;
}
