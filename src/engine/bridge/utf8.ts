/** The decoder of the Encoding standard for UTF-8: each maximal subpart of an ill-formed sequence becomes one U+FFFD. */
import { quickjs_work } from "./quickjs";
import { context } from "./state";

/** Bytes from one question whether to go on to the next. */
const PIECE: usize = 1 << 16;

export const ILL_FORMED: isize = -1;
/** An error is thrown. */
export const INTERRUPTED: isize = -2;

/**
 * Writes UTF-16 units to `target`, which has room for `length` units. Returns how many, `ILL_FORMED` at the first ill-formed
 * sequence when `fatal`, or `INTERRUPTED`.
 */
export function utf16FromUtf8(source: usize, length: usize, target: usize, fatal: bool): isize {
  const end = source + length;
  let written: isize = 0;
  let pieceEnd = source;
  while (source < end) {
    if (source >= pieceEnd) {
      pieceEnd = source + PIECE;
      if (!quickjs_work(context, min(end - source, PIECE) >> 4)) return INTERRUPTED;
    }
    const lead = <u32>load<u8>(source++);
    if (lead < 0x80) {
      store<u16>(target + (written++ << 1), <u16>lead);
      continue;
    }
    let needed = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    let char = needed == 1 ? lead & 0x1f : needed == 2 ? lead & 0x0f : lead & 0x07;
    let lower: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    let upper: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    let wellFormed = needed > 0;
    while (needed > 0) {
      const next = source < end ? <u32>load<u8>(source) : 0;
      if (next < lower || next > upper) {
        wellFormed = false;
        break;
      }
      source++;
      lower = 0x80;
      upper = 0xbf;
      char = (char << 6) | (next & 0x3f);
      needed--;
    }
    if (!wellFormed) {
      if (fatal) return ILL_FORMED;
      char = 0xfffd;
    }
    if (char >= 0x10000) {
      char -= 0x10000;
      store<u16>(target + (written++ << 1), <u16>(0xd800 | (char >> 10)));
      char = 0xdc00 | (char & 0x3ff);
    }
    store<u16>(target + (written++ << 1), <u16>char);
  }
  return written;
}
