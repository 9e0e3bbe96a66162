/** A storage in the shared data of the process. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import type { Buckets } from "../../state/buckets.js";
import { messageOf, textOf } from "../../thrown.js";
import type { Codec } from "./codecs.js";
import { RecordBucket, type StoredRecord, sizeOf } from "./records.js";
import type { KeysOptions, KeysPage, SetOptions, Storage, StorageEntry, TtlOptions } from "./storage.js";

const longestKey = 1_024;
const mostKeys = 10_000;
/** Compare and swap: as often as no number of workers makes necessary. */
const mostTries = 100;
const longestTtl = 31_536_000_000;

/** What becomes of an entry: a record, nothing, or what it is. */
type Change = (record: StoredRecord | undefined) => Pick<StoredRecord, "value" | "expires"> | "remove" | "leave";

export class BucketStorage implements Storage<unknown> {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly buckets: Buckets;
  private readonly shape: number;
  private readonly codec: Codec;

  constructor(port: InstancePort, name: string, buckets: Buckets, shape: number, codec: Codec) {
    this.port = port;
    this.name = name;
    this.buckets = buckets;
    this.shape = shape;
    this.codec = codec;
  }

  get(key: string): Promise<unknown> {
    return this.promise("get", () => this.read(key)?.value);
  }

  entry(key: string): Promise<StorageEntry<unknown> | undefined> {
    return this.promise("entry", () => this.read(key));
  }

  set(key: string, value: unknown, options: SetOptions = {}): Promise<number | undefined> {
    return this.promise("set", () => {
      const { ifVersion, ifAbsent } = options;
      const bytes = this.encode(value);
      const expires = this.expiry(options) ?? 0;
      return this.change(key, (record) =>
        (ifAbsent === true && record !== undefined) || (ifVersion !== undefined && record?.version !== ifVersion)
          ? "leave"
          : { value: bytes, expires },
      );
    });
  }

  delete(key: string, { ifVersion }: { readonly ifVersion?: number | undefined } = {}): Promise<boolean> {
    return this.promise(
      "delete",
      () =>
        this.change(key, (record) =>
          record === undefined || (ifVersion !== undefined && record.version !== ifVersion) ? "leave" : "remove",
        ) !== undefined,
    );
  }

  update(key: string, change: (value: unknown) => unknown, options: TtlOptions = {}): Promise<unknown> {
    return this.promise("update", () => {
      let stored: unknown;
      this.change(key, (record) => {
        stored = change(record && this.valueOf(record));
        if (typeof (stored as PromiseLike<unknown> | undefined)?.then === "function") {
          throw new SluiceError(
            "STORAGE_VALUE",
            `${this.name}: update(): expected the new value, got a promise: change() may be called again, and cannot wait.`,
          );
        }
        return stored === undefined
          ? record === undefined
            ? "leave"
            : "remove"
          : { value: this.encode(stored), expires: this.expiry(options) ?? record?.expires ?? 0 };
      });
      return stored;
    });
  }

  increment(key: string, by = 1, options: TtlOptions = {}): Promise<number> {
    return this.promise("increment", () => {
      let sum = 0;
      this.change(key, (record) => {
        const before = record === undefined ? 0 : this.valueOf(record);
        if (typeof before !== "number") {
          throw new SluiceError(
            "STORAGE_SHAPE",
            `${this.name}: increment(): expected a number under the key, there is ${typeof before}.`,
          );
        }
        sum = before + by;
        if (!Number.isFinite(sum) || (Number.isSafeInteger(by) && Math.abs(sum) > Number.MAX_SAFE_INTEGER)) {
          throw new SluiceError(
            "STORAGE_VALUE",
            `${this.name}: increment(): ${before} + ${textOf(by)} is no exact number.`,
          );
        }
        return {
          value: this.encode(sum),
          expires: record === undefined ? (this.expiry(options) ?? 0) : record.expires,
        };
      });
      return sum;
    });
  }

  keys({ prefix = "", cursor = "0", limit = 100 }: KeysOptions = {}): Promise<KeysPage> {
    return this.promise("keys", () => {
      const { count } = this.buckets;
      let index = /^\d{1,9}$/.test(cursor) ? Number(cursor) : count;
      if (index >= count) {
        throw this.refused("keys(): cursor", "that of another page", cursor);
      }
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostKeys) {
        throw this.refused("keys(): limit", `a whole number from 1 to ${mostKeys}`, limit);
      }
      const found: string[] = [];
      const decoder = new TextDecoder();
      for (; index < count && found.length < limit; index++) {
        const { records } = this.bucket(this.buckets.read(index)[0]);
        const names = records.map(({ key }) => decoder.decode(key));
        found.push(...names.filter((name) => name.startsWith(prefix)));
      }
      return { keys: found, cursor: index < count ? String(index) : undefined };
    });
  }

  private read(key: string): StorageEntry<unknown> | undefined {
    const [index, name] = this.placeOf(key);
    const record = this.bucket(this.buckets.read(index)[0]).find(name);
    return (
      record && {
        value: this.valueOf(record),
        version: record.version,
        expiresAt: record.expires === 0 ? undefined : record.expires,
      }
    );
  }

  /** @returns the version of the change; undefined: nothing is changed */
  private change(key: string, change: Change): number | undefined {
    const [index, name] = this.placeOf(key);
    for (let tries = 0; tries < mostTries; tries++) {
      const [bytes, cas] = this.buckets.read(index);
      const bucket = this.bucket(bytes);
      const changed = change(bucket.find(name));
      if (changed === "leave") {
        return undefined;
      }
      const record = changed === "remove" ? undefined : { ...changed, encoding: this.codec.number, shape: this.shape };
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
    return new RecordBucket(bytes, this.port.now());
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

  private encode(value: unknown): Uint8Array {
    const bytes = this.codec.encode(value, this.name);
    const most = this.buckets.size[3] as number;
    if (bytes.length > most) {
      throw new SluiceError("STORAGE_VALUE", `${this.name}: expected at most ${most} bytes, got ${bytes.length}.`);
    }
    return bytes;
  }

  private valueOf({ value, encoding, shape }: StoredRecord): unknown {
    if (encoding !== this.codec.number || shape !== this.shape) {
      const expected = `shape ${this.shape} as ${encodingNames[this.codec.number]}`;
      throw new SluiceError(
        "STORAGE_SHAPE",
        `${this.name}: expected ${expected} under the key, got shape ${shape} as ${encodingNames[encoding]}.`,
      );
    }
    return this.codec.decode(value);
  }

  private expiry({ ttl }: TtlOptions): number | undefined {
    if (ttl === undefined) {
      return undefined;
    }
    const milliseconds = millisecondsOf(ttl);
    if (!(milliseconds > 0 && milliseconds <= longestTtl)) {
      throw this.refused("ttl", `${durationExpected} above 0, up to a year`, ttl);
    }
    return this.port.now() + milliseconds;
  }

  private refused(what: string, expected: string, got: unknown): SluiceError {
    return new SluiceError("STORAGE_OPTIONS", `${this.name}: ${what}: expected ${expected}, got ${textOf(got)}.`);
  }

  /** Settled at once: a filter that awaits it goes on in the same event. */
  private promise<T>(call: string, run: () => T): Promise<T> {
    try {
      return KitPromise.resolved(run());
    } catch (error) {
      const promise = KitPromise.rejected<T>(error);
      this.port.schedule(0, () => {
        if (!promise.observed) {
          this.port.logger.warn(`${this.name}: ${call}() failed, and nobody awaits it: ${messageOf(error)}`);
        }
      });
      return promise;
    }
  }
}

const encodingNames = ["JSON", "bytes"];

hideFields(BucketStorage);
