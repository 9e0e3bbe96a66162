/** How values become bytes, and again values. */
import { SluiceError } from "../../errors.js";
import { textOf } from "../../thrown.js";

export interface Codec {
  /** What stands beside the bytes, so that nobody takes them for something else. */
  readonly number: number;
  /** @throws SluiceError `STORAGE_VALUE` */
  encode(value: unknown, what: string): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

export const jsonCodec: Codec = {
  number: 0,
  encode(value, what) {
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (error) {
      throw new SluiceError("STORAGE_VALUE", `${what}: the value cannot be made JSON.`, { cause: error });
    }
    if (text === undefined) {
      throw new SluiceError("STORAGE_VALUE", `${what}: expected a value that JSON has, got ${textOf(value)}.`);
    }
    return new TextEncoder().encode(text);
  },
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
};

export const bytesCodec: Codec = {
  number: 1,
  encode(value, what) {
    if (!(value instanceof Uint8Array)) {
      throw new SluiceError("STORAGE_VALUE", `${what}: expected a Uint8Array, got ${typeof value}.`);
    }
    return value;
  },
  // The bucket's own bytes would stay as long as these.
  decode: (bytes) => new Uint8Array(bytes),
};
