/**
 * The bytes of a storage's bucket, in little endian: the version of its last change, then one record after the other. Each is 32 bytes, its key in
 * UTF-8 and its value.
 */

/** What is stored under a key. */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** How the value was made bytes of; see `Encoding`. */
  readonly encoding: number;
  readonly shape: number;
  /** Of the change that stored it: higher than any before in this bucket. */
  readonly version: number;
  /** Milliseconds since the epoch; 0: never. */
  readonly expires: number;
}

const headSize = 8;
const recordHead = 32;

/** Bytes that a record takes. */
export function sizeOf({ key, value }: Pick<StoredRecord, "key" | "value">): number {
  return recordHead + key.length + value.length;
}

export class RecordBucket {
  readonly version: number;
  /** Those that have not expired. */
  readonly records: readonly StoredRecord[];

  constructor(bytes: Uint8Array, now: number) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.version = bytes.length === 0 ? 0 : view.getFloat64(0, true);
    const records: StoredRecord[] = [];
    for (let at = headSize; at < bytes.length; ) {
      const keyEnd = at + recordHead + view.getUint16(at + 4, true);
      const end = at + view.getUint32(at, true);
      const expires = view.getFloat64(at + 24, true);
      if (expires === 0 || expires > now) {
        records.push({
          key: bytes.subarray(at + recordHead, keyEnd),
          value: bytes.subarray(keyEnd, end),
          encoding: view.getUint8(at + 6),
          shape: view.getUint32(at + 8, true),
          version: view.getFloat64(at + 16, true),
          expires,
        });
      }
      at = end;
    }
    this.records = records;
  }

  find(key: Uint8Array): StoredRecord | undefined {
    return this.records.find((record) => sameBytes(record.key, key));
  }

  /** How many records and bytes there are beside that of `key`. */
  sizeBeside(key: Uint8Array): { entries: number; bytes: number } {
    const others = this.records.filter((record) => !sameBytes(record.key, key));
    return { entries: others.length, bytes: others.reduce((sum, record) => sum + sizeOf(record), 0) };
  }

  /** The bytes with `record` in the place of that of `key`; undefined: without it. */
  with(key: Uint8Array, record: Omit<StoredRecord, "key" | "version"> | undefined): Uint8Array {
    const version = this.version + 1;
    const records = this.records.filter((other) => !sameBytes(other.key, key));
    if (record !== undefined) {
      records.push({ ...record, key, version });
    }
    const bytes = new Uint8Array(records.reduce((sum, each) => sum + sizeOf(each), headSize));
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, version, true);
    let at = headSize;
    for (const each of records) {
      view.setUint32(at, sizeOf(each), true);
      view.setUint16(at + 4, each.key.length, true);
      view.setUint8(at + 6, each.encoding);
      view.setUint32(at + 8, each.shape, true);
      view.setFloat64(at + 16, each.version, true);
      view.setFloat64(at + 24, each.expires, true);
      bytes.set(each.key, at + recordHead);
      bytes.set(each.value, at + recordHead + each.key.length);
      at += sizeOf(each);
    }
    return bytes;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
