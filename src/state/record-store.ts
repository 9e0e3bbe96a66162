/** Records by keys in buckets: each read, and each change, is one decision that no other worker comes between. */
import { SluiceError } from "../errors.js";
import { hideFields } from "../policy/opaque.js";
import { textOf } from "../thrown.js";
import type { Buckets } from "./buckets.js";
import { RecordBucket, type StoredRecord, sizeOf } from "./records.js";

const longestKey = 1_024;
/** Compare and swap: as often as no number of workers makes necessary. */
const mostTries = 100;
/** Entries of a part, where there are several, on average; it may have twice as many, and twice its share of the bytes. */
const entriesOfPart = 32;

/** What becomes of a record: another one, nothing, or what it is. */
export type Change = (
  record: StoredRecord | undefined,
) => Pick<StoredRecord, "value" | "expires" | "encoding" | "shape"> | "remove" | "leave";

/** How a store is made: parts; entries and bytes that one may have; bytes of a value. */
export function storeSize(entries: number, bytes: number, valueBytes: number): number[] {
  const parts = Math.max(1, Math.min(Math.ceil(entries / entriesOfPart), Math.floor(bytes / (valueBytes + 1_024))));
  // One part is all that there is; several are not filled alike.
  const share = (of: number): number => (parts === 1 ? of : Math.ceil((2 * of) / parts));
  return [parts, share(entries), share(bytes), valueBytes];
}

export class RecordStore {
  /** For messages. */
  readonly name: string;
  private readonly buckets: Buckets;
  private readonly now: () => number;

  constructor(name: string, buckets: Buckets, now: () => number) {
    this.name = name;
    this.buckets = buckets;
    this.now = now;
  }

  /** How many parts it has. */
  get parts(): number {
    return this.buckets.count;
  }

  find(key: string): StoredRecord | undefined {
    const [index, name] = this.placeOf(key);
    return this.bucket(this.buckets.read(index)[0]).find(name);
  }

  /** The keys of a part. */
  keysOf(part: number): string[] {
    const decoder = new TextDecoder();
    return this.bucket(this.buckets.read(part)[0]).records.map(({ key }) => decoder.decode(key));
  }

  /**
   * @param fence refuses the change where the key was written with a higher one
   * @returns the version of the change; undefined: nothing is changed
   */
  change(key: string, change: Change, fence = 0): number | undefined {
    const [index, name] = this.placeOf(key);
    for (let tries = 0; tries < mostTries; tries++) {
      const [bytes, cas] = this.buckets.read(index);
      const bucket = this.bucket(bytes);
      const highest = bucket.fenceOf(name);
      const changed = change(bucket.find(name));
      if (changed === "leave" || (fence !== 0 && fence < highest)) {
        return undefined;
      }
      const kept = Math.max(fence, highest);
      const record = changed === "remove" ? bucket.remainsOf(kept) : { ...changed, fence: kept };
      if (record !== undefined) {
        this.checkRoom(bucket, name, record.value);
      }
      if (this.buckets.write(index, bucket.with(name, record), cas)) {
        return bucket.version + 1;
      }
    }
    throw new SluiceError(
      "STORAGE_CONTENDED",
      `${this.name}: others changed what is stored beside the key ${mostTries} times meanwhile.`,
    );
  }

  /** @throws SluiceError `STORAGE_VALUE` */
  checkValue(bytes: Uint8Array): Uint8Array {
    const most = this.buckets.size[3] as number;
    if (bytes.length > most) {
      throw new SluiceError("STORAGE_VALUE", `${this.name}: expected at most ${most} bytes, got ${bytes.length}.`);
    }
    return bytes;
  }

  refused(what: string, expected: string, got: unknown): SluiceError {
    return new SluiceError("STORAGE_OPTIONS", `${this.name}: ${what}: expected ${expected}, got ${textOf(got)}.`);
  }

  private checkRoom(bucket: RecordBucket, key: Uint8Array, value: Uint8Array): void {
    const [, mostEntries = 0, mostBytes = 0] = this.buckets.size;
    const { entries, bytes } = bucket.sizeBeside(key);
    const needed = bytes + sizeOf({ key, value });
    if (entries >= mostEntries || needed > mostBytes) {
      throw new SluiceError(
        "STORAGE_FULL",
        `${this.name}: no room for ${sizeOf({ key, value })} bytes: ${entries} of ${mostEntries} entries and ${bytes} of ${mostBytes} bytes are used${this.buckets.count === 1 ? "" : " in the key's part"}.`,
      );
    }
  }

  private bucket(bytes: Uint8Array): RecordBucket {
    return new RecordBucket(bytes, this.now());
  }

  private placeOf(key: string): [index: number, name: Uint8Array] {
    const name = typeof key === "string" ? new TextEncoder().encode(key) : undefined;
    if (name === undefined || name.length > longestKey) {
      throw this.refused(
        "key",
        `a string of at most ${longestKey} bytes`,
        name === undefined ? typeof key : `${name.length}`,
      );
    }
    return [this.buckets.indexOf(this.buckets.hashOf(key)), name];
  }
}

hideFields(RecordStore);
