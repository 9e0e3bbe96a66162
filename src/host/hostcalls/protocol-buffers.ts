/** Messages of Protocol Buffers (version 3) whose fields are strings, bytes and booleans: what foreign functions take and give. */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;
/** Of a number of 64 bits. */
const MOST_VARINT_BYTES = 10;

/** The last bytes of each field that has a length, by its number; undefined: it is no message. Other fields are passed over. */
export function readFields(message: Uint8Array): ReadonlyMap<number, Uint8Array> | undefined {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let count = 0; count < MOST_VARINT_BYTES; count++) {
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
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number < 1 || tag > 0xffff_ffff) {
      return undefined;
    }
    const type = tag % 8;
    const length = type === LENGTH ? varint() : type === FIXED_64 ? 8 : type === FIXED_32 ? 4 : 0;
    if ((type === VARINT && varint() === Infinity) || ![VARINT, FIXED_64, LENGTH, FIXED_32].includes(type)) {
      return undefined;
    }
    if (at + length > message.length) {
      return undefined;
    }
    if (type === LENGTH) {
      fields.set(number, message.subarray(at, at + length));
    }
    at += length;
  }
  return fields;
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
