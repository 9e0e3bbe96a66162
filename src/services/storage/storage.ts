/** What a storage can do. */
import type { Duration } from "../../policy/duration.js";

/** Values of a use of a policy by keys, for all workers of a gateway. */
export interface Storage<Value> {
  /**
   * The value of a key; undefined where there is none, or no longer.
   * @throws SluiceError `STORAGE_SHAPE`
   */
  get(key: string): Promise<Value | undefined>;
  /**
   * The same with its version and its end.
   * @throws SluiceError `STORAGE_SHAPE`
   */
  entry(key: string): Promise<StorageEntry<Value> | undefined>;
  /**
   * Stores a value, whatever was there before, or under a condition.
   *
   * @returns its version; undefined: the condition was not met, and nothing is changed
   * @throws SluiceError `STORAGE_VALUE`, `STORAGE_FULL`, `STORAGE_CONTENDED`
   */
  set(key: string, value: Value, options?: SetOptions): Promise<number | undefined>;
  /**
   * Removes a key.
   *
   * @returns whether it was there, and the condition was met
   * @throws SluiceError `STORAGE_CONTENDED`
   */
  delete(key: string, options?: DeleteOptions): Promise<boolean>;
  /**
   * Stores what `change` makes of the value that is there; undefined removes it. Where another worker is faster, `change` is called again with
   * what that has stored, so it must do nothing but return the new value, and not wait.
   *
   * @param options `ttl`: from now on; without it the entry ends when it would have ended
   * @returns what is stored now
   * @throws SluiceError `STORAGE_SHAPE`, `STORAGE_VALUE`, `STORAGE_FULL`, `STORAGE_CONTENDED`
   */
  update(
    key: string,
    change: (value: Value | undefined) => Value | undefined,
    options?: TtlOptions,
  ): Promise<Value | undefined>;
  /**
   * Adds to a number, in a storage of numbers; one that is not there is 0.
   *
   * @param options `ttl`: of one that is not there yet; later calls do not make it longer
   * @returns the new number
   * @throws SluiceError `STORAGE_SHAPE`, `STORAGE_VALUE`, `STORAGE_FULL`, `STORAGE_CONTENDED`
   */
  increment(this: Storage<number>, key: string, by?: number, options?: TtlOptions): Promise<number>;
  /**
   * Keys, in no order, page by page. A key that is there all the while is on one page; of others that come and go meanwhile some are.
   *
   * @throws SluiceError `STORAGE_OPTIONS`
   */
  keys(options?: KeysOptions): Promise<KeysPage>;
}

/** What is stored under a key. */
export interface StorageEntry<Value> {
  /** As it was stored. */
  readonly value: Value;
  /** Changes with every change of the entry, and is never that of an earlier one. */
  readonly version: number;
  /** Milliseconds since the epoch; undefined: it stays. */
  readonly expiresAt: number | undefined;
}

/** How long something is stored. */
export interface TtlOptions {
  /** From now on; without it, for good. */
  readonly ttl?: Duration | undefined;
}

/** Under which condition something is removed. */
export interface DeleteOptions {
  /** Only this version. */
  readonly ifVersion?: number | undefined;
  /**
   * The fencing number of the lock that protects the key: only where nobody has written or removed it with a higher one, so a holder that has
   * lost its lock changes nothing any more. Numbers of one lock can be compared, those of several cannot.
   */
  readonly ifFence?: number | undefined;
}

/** How something is stored. */
export interface SetOptions extends TtlOptions, DeleteOptions {
  /** Only where nothing is. */
  readonly ifAbsent?: boolean | undefined;
}

/** Which keys. */
export interface KeysOptions {
  /** What they begin with. */
  readonly prefix?: string | undefined;
  /** Of the page before. */
  readonly cursor?: string | undefined;
  /** From how many keys on a page ends; default 100. Keys are looked up in parts, and one that has begun is told as a whole. */
  readonly limit?: number | undefined;
}

/** Some of the keys. */
export interface KeysPage {
  /** In no order. */
  readonly keys: string[];
  /** For the next page; undefined: this was the last one. */
  readonly cursor: string | undefined;
}

/** What a storage is made with. */
export interface StorageOptions {
  /** For how many entries there is room; default 1,024. */
  readonly entries?: number | undefined;
  /** For how many bytes of keys and values there is room, with 40 bytes for each entry; default 4 MiB. */
  readonly bytes?: number | undefined;
  /** How large a value may be, up to 65,536 bytes, which is the default. */
  readonly valueBytes?: number | undefined;
  /** A number for the form of the values, to be changed with it: values of another number are an error. Default 1. */
  readonly shape?: number | undefined;
  /** A name under which all uses of policies that give it have the storage in common. */
  readonly shared?: string | undefined;
  /** `json` (default): what `JSON.stringify` keeps. `bytes`: `Uint8Array`s. */
  readonly encoding?: "json" | "bytes" | undefined;
}
