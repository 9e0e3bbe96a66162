/** Messages of Protocol Buffers (version 3) whose fields are strings, bytes and booleans: what foreign functions take and give. */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;
/** Of a number of 64 bits. */
const MOST_VARINT_BYTES = 10;
const MOST_TAG_BYTES = 5;

/** A tag's bits beyond are passed over. */
const TAG_BITS = 2 ** 32;
const START_GROUP = 3;
const END_GROUP = 4;
const deepestGroup = 100;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The last bytes of each field that has a length, by its number; undefined: it is no message, or one of the fields `texts` is not UTF-8
 * somewhere. Other fields are passed over.
 */
export function readFields(
  message: Uint8Array,
  texts: readonly number[] = [],
): ReadonlyMap<number, Uint8Array> | undefined {
  const fields = new Map<number, Uint8Array>();
  /** Numbers of the groups that are open. */
  const groups: number[] = [];
  let at = 0;
  const varint = (most = MOST_VARINT_BYTES): number => {
    let value = 0;
    for (let count = 0; count < most; count++) {
      const byte = message[at++];
      if (byte === undefined) {
        break;
      }
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) {
        return value;
      }
    }
    return Infinity;
  };
  while (at < message.length) {
    const tag = varint(MOST_TAG_BYTES) % TAG_BITS;
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (!(number >= 1)) {
      return undefined;
    }
    if (type === START_GROUP) {
      groups.push(number);
    } else if (type === END_GROUP && groups.pop() !== number) {
      return undefined;
    }
    const length = type === LENGTH ? varint() : type === FIXED_64 ? 8 : type === FIXED_32 ? 4 : 0;
    if ((type === VARINT && varint() === Infinity) || type > FIXED_32 || groups.length > deepestGroup) {
      return undefined;
    }
    if (at + length > message.length) {
      return undefined;
    }
    if (type === LENGTH && groups.length === 0) {
      const bytes = message.subarray(at, at + length);
      if (texts.includes(number) && !isUtf8(bytes)) {
        return undefined;
      }
      fields.set(number, bytes);
    }
    at += length;
  }
  return groups.length === 0 ? fields : undefined;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Fields with their default, which is false or empty, are left out. */
export function writeFields(
  fields: readonly (readonly [number: number, value: boolean | string | Uint8Array])[],
): Uint8Array {
  const written: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "boolean") {
      if (value) {
        written.push(Uint8Array.of(number * 8 + VARINT, 1));
      }
    } else if (value.length > 0) {
      const bytes = typeof value === "string" ? Buffer.from(value) : value;
      written.push(Uint8Array.of(number * 8 + LENGTH), varintOf(bytes.length), bytes);
    }
  }
  return Buffer.concat(written);
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) + 0x80);
  }
  return Uint8Array.of(...bytes, rest);
}
