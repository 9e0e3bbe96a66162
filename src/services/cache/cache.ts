/** What a cache can do. */
import type { Logger } from "../../policy/logger.js";
import type { Duration, InstanceContext } from "../../policy/service.js";

/**
 * What can be cached: anything but undefined, which says that nothing is there. `null` stands for what is known not to exist.
 * Values are kept as they are, no copies: who changes one changes it for all.
 */
export type Cacheable = object | string | number | boolean | bigint | symbol | null;

/** Values of a use of a policy by keys, in the memory of the worker. */
export interface Cache<Value extends Cacheable> {
  /** The value of a key, the very one that was kept; undefined where there is none that counts still. */
  get(key: string): Value | undefined;
  /**
   * Keeps a value, in the place of what was there. What has not been used for longest goes where there is no room.
   *
   * @returns whether it is kept: what is larger than the cache is not
   * @throws SluiceError `CACHE_OPTIONS`, `CACHE_VALUE`
   */
  set(key: string, value: Value, options?: KeepOptions): boolean;
  /**
   * The value of a key, or what `load` gives, which is kept then. Of all that ask for a key while it is loaded, `load` is called for one,
   * and all get what came of it. It goes on when the exchange that began it is over. Where it throws nothing is kept, unless `errorTtl` says so.
   *
   * @throws what `load` throws, to all; `SluiceError` `CACHE_OPTIONS`, `CACHE_VALUE`, `CACHE_LOAD_TIMEOUT`; the reason of `signal`
   */
  getOrLoad(
    key: string,
    load: (context: LoadContext) => Value | PromiseLike<Value>,
    options?: LoadOptions<Value>,
  ): Promise<Value>;
  /**
   * Forgets a key; what is being loaded for it is not kept. With `shared` all workers do.
   *
   * @returns whether this worker had a value that counts
   */
  delete(key: string): boolean;
  /** Forgets all keys, like `delete`. */
  purge(): void;
}

/** What a cache is made with. */
export interface CacheOptions {
  /** How many entries it keeps at most; default 1,000. */
  readonly entries?: number | undefined;
  /** How many bytes its entries take at most, as estimated; default 4 MiB. */
  readonly bytes?: number | undefined;
  /** `delete` and `purge` are for all workers of the process. Values are still each worker's own. */
  readonly shared?: boolean | undefined;
}

/** How long a value is kept. */
export interface KeepOptions {
  /** From now on; 0: not at all. Without it the value stays until others need its room. */
  readonly ttl?: Duration | undefined;
  /** How many bytes the value takes, where an estimate cannot know: what objects hide, such as keys of WebCrypto. */
  readonly bytes?: number | undefined;
}

/** How a value is loaded, and how long it is kept. */
export interface LoadOptions<Value> extends Omit<KeepOptions, "ttl"> {
  /** As of `set`; a function is given the value, and may say that what is not there (`null`) counts for a shorter time. */
  readonly ttl?: Duration | ((value: Value) => Duration) | undefined;
  /** For how long after its `ttl` a value is still given, while it is loaded anew; default 0. */
  readonly staleWhileRevalidate?: Duration | undefined;
  /** For how long what `load` throws is thrown again without another call; default 0. A stale value is given meanwhile. */
  readonly errorTtl?: Duration | undefined;
  /** How long `load` may take until all that wait get `CACHE_LOAD_TIMEOUT`; default 30 s. */
  readonly timeout?: Duration | undefined;
  /** Whoever waits leaves when it is aborted; `load` goes on for the others, and for the cache. */
  readonly signal?: AbortSignal | undefined;
}

/** The parameter of `load`: it belongs to the use of the policy and to no exchange. Services take it. */
export interface LoadContext extends InstanceContext {
  /** Aborted when the time is over, and when the use of the policy goes. */
  readonly signal: AbortSignal;
  /** The use's log: no exchange's request id. */
  readonly logger: Logger;
}
