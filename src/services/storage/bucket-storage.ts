/** A storage in the shared data of the process. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import type { RecordStore } from "../../state/record-store.js";
import type { StoredRecord } from "../../state/records.js";
import { messageOf, textOf } from "../../thrown.js";
import type { Codec } from "./codecs.js";
import type { DeleteOptions, KeysOptions, KeysPage, SetOptions, Storage, StorageEntry, TtlOptions } from "./storage.js";

const mostKeys = 10_000;
const longestTtl = 31_536_000_000;

export class BucketStorage implements Storage<unknown> {
  private readonly port: InstancePort;
  private readonly store: RecordStore;
  private readonly shape: number;
  private readonly codec: Codec;

  constructor(port: InstancePort, store: RecordStore, shape: number, codec: Codec) {
    this.port = port;
    this.store = store;
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
      const { ifVersion, ifAbsent, ifFence } = options;
      const stored = this.stored(value, this.expiry(options) ?? 0);
      return this.store.change(
        key,
        (record) =>
          (ifAbsent === true && record !== undefined) || (ifVersion !== undefined && record?.version !== ifVersion)
            ? "leave"
            : stored,
        this.fence(ifFence),
      );
    });
  }

  delete(key: string, { ifVersion, ifFence }: DeleteOptions = {}): Promise<boolean> {
    return this.promise("delete", () => {
      let found = false;
      const removed = this.store.change(
        key,
        (record) => {
          found = record !== undefined;
          // Of a key that is not there the fencing number is noted: older holders are not to write it.
          return (!found && ifFence === undefined) || (ifVersion !== undefined && record?.version !== ifVersion)
            ? "leave"
            : "remove";
        },
        this.fence(ifFence),
      );
      return found && removed !== undefined;
    });
  }

  update(key: string, change: (value: unknown) => unknown, options: TtlOptions = {}): Promise<unknown> {
    return this.promise("update", () => {
      let stored: unknown;
      this.store.change(key, (record) => {
        stored = change(record && this.valueOf(record));
        if (typeof (stored as PromiseLike<unknown> | undefined)?.then === "function") {
          throw new SluiceError(
            "STORAGE_VALUE",
            `${this.store.name}: update(): expected the new value, got a promise: change() may be called again, and cannot wait.`,
          );
        }
        return stored === undefined
          ? record === undefined
            ? "leave"
            : "remove"
          : this.stored(stored, this.expiry(options) ?? record?.expires ?? 0);
      });
      return stored;
    });
  }

  increment(key: string, by = 1, options: TtlOptions = {}): Promise<number> {
    return this.promise("increment", () => {
      let sum = 0;
      this.store.change(key, (record) => {
        const before = record === undefined ? 0 : this.valueOf(record);
        if (typeof before !== "number") {
          throw new SluiceError(
            "STORAGE_SHAPE",
            `${this.store.name}: increment(): expected a number under the key, there is ${typeof before}.`,
          );
        }
        sum = before + by;
        if (!Number.isFinite(sum) || (Number.isSafeInteger(by) && Math.abs(sum) > Number.MAX_SAFE_INTEGER)) {
          throw new SluiceError(
            "STORAGE_VALUE",
            `${this.store.name}: increment(): ${before} + ${textOf(by)} is no exact number.`,
          );
        }
        return this.stored(sum, record === undefined ? (this.expiry(options) ?? 0) : record.expires);
      });
      return sum;
    });
  }

  keys({ prefix = "", cursor = "0", limit = 100 }: KeysOptions = {}): Promise<KeysPage> {
    return this.promise("keys", () => {
      const { parts } = this.store;
      let part = /^\d{1,9}$/.test(cursor) ? Number(cursor) : parts;
      if (part >= parts) {
        throw this.store.refused("keys(): cursor", "that of another page", cursor);
      }
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostKeys) {
        throw this.store.refused("keys(): limit", `a whole number from 1 to ${mostKeys}`, limit);
      }
      const found: string[] = [];
      for (; part < parts && found.length < limit; part++) {
        found.push(...this.store.keysOf(part).filter((name) => name.startsWith(prefix)));
      }
      return { keys: found, cursor: part < parts ? String(part) : undefined };
    });
  }

  private read(key: string): StorageEntry<unknown> | undefined {
    const record = this.store.find(key);
    return (
      record && {
        value: this.valueOf(record),
        version: record.version,
        expiresAt: record.expires === 0 ? undefined : record.expires,
      }
    );
  }

  private stored(value: unknown, expires: number): Pick<StoredRecord, "value" | "expires" | "encoding" | "shape"> {
    const { store, codec, shape } = this;
    return {
      value: store.checkValue(codec.encode(value, store.name)),
      expires,
      encoding: codec.number,
      shape,
    };
  }

  private valueOf({ value, encoding, shape }: StoredRecord): unknown {
    if (encoding !== this.codec.number || shape !== this.shape) {
      const expected = `shape ${this.shape} as ${encodingNames[this.codec.number]}`;
      throw new SluiceError(
        "STORAGE_SHAPE",
        `${this.store.name}: expected ${expected} under the key, got shape ${shape} as ${encodingNames[encoding]}.`,
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
      throw this.store.refused("ttl", `${durationExpected} above 0, up to a year`, ttl);
    }
    return this.port.now() + milliseconds;
  }

  private fence(ifFence: number | undefined): number {
    if (ifFence !== undefined && !(Number.isSafeInteger(ifFence) && ifFence > 0)) {
      throw this.store.refused("ifFence", "the fencing number of a lock", ifFence);
    }
    return ifFence ?? 0;
  }

  /** Settled at once: a filter that awaits it goes on in the same event. */
  private promise<T>(call: string, run: () => T): Promise<T> {
    try {
      return KitPromise.resolved(run());
    } catch (error) {
      const promise = KitPromise.rejected<T>(error);
      this.port.schedule(0, () => {
        if (!promise.observed) {
          this.port.logger.warn(`${this.store.name}: ${call}() failed, and nobody awaits it: ${messageOf(error)}`);
        }
      });
      return promise;
    }
  }
}

const encodingNames = ["JSON", "bytes"];

hideFields(BucketStorage);
