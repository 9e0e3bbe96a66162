/**
 * The bytes of a bucket of records, in little endian: the version of its last change, then one record after the other. Each is 40 bytes, its
 * key in UTF-8 and its value.
 */

/** What is stored under a key. */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** How the value was made bytes of; see `Codec`. */
  readonly encoding: number;
  readonly shape: number;
  /** Of the change that stored it: higher than any before in this bucket. */
  readonly version: number;
  /** Milliseconds since the epoch; 0: never. */
  readonly expires: number;
  /** The highest fencing number that the key was written with; 0: none. */
  readonly fence: number;
}

const headSize = 8;
const recordHead = 40;
const nothing = new Uint8Array(0);
/** Milliseconds that a fencing number outlives what was written with it: longer than code of an old holder goes on. */
const fenceOutlives = 3_600_000;

/** Bytes that a record takes. */
export function sizeOf({ key, value }: Pick<StoredRecord, "key" | "value">): number {
  return recordHead + key.length + value.length;
}

export class RecordBucket {
  readonly version: number;
  private readonly now: number;
  /** With those of which nothing but the fencing number is left. */
  private readonly kept: readonly StoredRecord[];

  constructor(bytes: Uint8Array, now: number) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.now = now;
    this.version = bytes.length === 0 ? 0 : view.getFloat64(0, true);
    const kept: StoredRecord[] = [];
    for (let at = headSize; at < bytes.length; ) {
      const keyEnd = at + recordHead + view.getUint16(at + 4, true);
      const end = at + view.getUint32(at, true);
      const expires = view.getFloat64(at + 24, true);
      const fence = view.getFloat64(at + 32, true);
      const lives = expires === 0 || expires > now;
      if (lives || (fence !== 0 && expires + fenceOutlives > now)) {
        kept.push({
          key: bytes.subarray(at + recordHead, keyEnd),
          value: lives ? bytes.subarray(keyEnd, end) : nothing,
          encoding: view.getUint8(at + 6),
          shape: view.getUint32(at + 8, true),
          version: view.getFloat64(at + 16, true),
          expires,
          fence,
        });
      }
      at = end;
    }
    this.kept = kept;
  }

  /** Those that have not expired. */
  get records(): readonly StoredRecord[] {
    return this.kept.filter((record) => this.lives(record));
  }

  find(key: Uint8Array): StoredRecord | undefined {
    const record = this.keptOf(key);
    return record !== undefined && this.lives(record) ? record : undefined;
  }

  /** The highest fencing number that the key was written with; 0: none. */
  fenceOf(key: Uint8Array): number {
    return this.keptOf(key)?.fence ?? 0;
  }

  /** How many records and bytes there are beside that of `key`. */
  sizeBeside(key: Uint8Array): { entries: number; bytes: number } {
    const others = this.kept.filter((record) => !sameBytes(record.key, key));
    return { entries: others.length, bytes: others.reduce((sum, record) => sum + sizeOf(record), 0) };
  }

  /** What stays of a key that is removed: nothing where it was never written with a fencing number. */
  remainsOf(fence: number): Omit<StoredRecord, "key" | "version"> | undefined {
    return fence === 0 ? undefined : { value: nothing, encoding: 0, shape: 0, expires: this.now, fence };
  }

  /** The bytes with `record` in the place of that of `key`; undefined: without it. */
  with(key: Uint8Array, record: Omit<StoredRecord, "key" | "version"> | undefined): Uint8Array {
    const version = this.version + 1;
    const records = this.kept.filter((other) => !sameBytes(other.key, key));
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
      view.setFloat64(at + 32, each.fence, true);
      bytes.set(each.key, at + recordHead);
      bytes.set(each.value, at + recordHead + each.key.length);
      at += sizeOf(each);
    }
    return bytes;
  }

  private keptOf(key: Uint8Array): StoredRecord | undefined {
    return this.kept.find((record) => sameBytes(record.key, key));
  }

  private lives({ expires }: StoredRecord): boolean {
    return expires === 0 || expires > this.now;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
