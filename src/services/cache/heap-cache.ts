/** A cache in the heap of a worker. */
import type { FindFresh } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import { messageOf, textOf } from "../../thrown.js";
import type { Cache, Cacheable, KeepOptions, LoadOptions } from "./cache.js";
import type { Counts } from "./counts.js";
import { Entries, type Entry } from "./entries.js";
import { awaitUntil, type Load, type Loader, startLoad } from "./loads.js";
import { entryBytes, sizeOf, sizeOfText } from "./size-of.js";
import type { Versions } from "./versions.js";

const defaultTimeout = 30_000;
/** Milliseconds after which a value is loaded anew again, where that has failed and nothing else is said. */
const retryPause = 1_000;
const longestTime = 31_536_000_000;
const longestTimeout = 2_147_483_647;

type AnyOptions = LoadOptions<Cacheable>;

/** The times of a call of `getOrLoad`. */
interface LoadTimes {
  readonly stale: number;
  readonly error: number;
  readonly timeout: number;
}

export class HeapCache implements Cache<Cacheable> {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly entries: Entries;
  private readonly byKey: Map<string, Entry>;
  private readonly findFresh: FindFresh;
  private readonly mostBytes: number;
  private readonly counts: Counts;
  private readonly versions: Versions | undefined;
  private readonly loads = new Map<string, Load>();

  constructor(
    port: InstancePort,
    name: string,
    mostEntries: number,
    mostBytes: number,
    counts: Counts,
    versions: Versions | undefined,
    findFresh: FindFresh,
  ) {
    this.port = port;
    this.name = name;
    this.mostBytes = mostBytes;
    this.counts = counts;
    this.versions = versions;
    this.findFresh = findFresh;
    this.entries = new Entries(mostEntries, mostBytes, ({ keptUntil }) => {
      if (keptUntil > port.now()) {
        counts.evictions += 1;
        this.counted();
      }
    });
    this.byKey = this.entries.byKey;
  }

  /** The path that hits take is short: of one call each, and of none where an interpreter can do without. */
  get(key: string): Cacheable | undefined {
    const { counts } = this;
    const entry = this.findFresh(this.byKey, key);
    if (entry === undefined || (this.versions !== undefined && this.isOutdated(key, entry))) {
      this.missed();
      return undefined;
    }
    counts.hits += 1;
    if (!counts.noted) {
      counts.note();
    }
    return entry.value as Cacheable;
  }

  set(key: string, value: Cacheable, options: KeepOptions = {}): boolean {
    this.checkKey(key, "set()");
    const freshUntil = this.endOf(options.ttl);
    // What is being loaded is older.
    this.loads.delete(key);
    return this.keep(key, value, freshUntil, freshUntil, options.bytes, this.versionOf(key));
  }

  getOrLoad(key: string, load: Loader, options: AnyOptions = {}): Promise<Cacheable> {
    const fresh = this.findFresh(this.byKey, key);
    if (fresh !== undefined && (this.versions === undefined || !this.isOutdated(key, fresh))) {
      const { counts } = this;
      counts.hits += 1;
      if (!counts.noted) {
        counts.note();
      }
      return KitPromise.resolved(fresh.value as Cacheable);
    }
    const entry = this.byKey.get(key);
    if (entry !== undefined && this.isKept(key, entry)) {
      return this.kept(key, entry, load, options);
    }
    try {
      this.missed();
      return awaitUntil(this.loadOf(key, load, options).promise, options.signal) as KitPromise<Cacheable>;
    } catch (error) {
      return KitPromise.rejected(error);
    }
  }

  delete(key: string): boolean {
    const entry = this.byKey.get(key);
    const had = entry !== undefined && !entry.failed && this.isKept(key, entry);
    this.entries.delete(key);
    this.loads.delete(key);
    this.versions?.change(key);
    return had;
  }

  purge(): void {
    this.entries.clear();
    this.loads.clear();
    this.versions?.changeAll();
  }

  /** Gives what is kept and not fresh: an error, or a value that is to be loaded anew. */
  private kept(key: string, entry: Entry, load: Loader, options: AnyOptions): Promise<Cacheable> {
    this.entries.touch(key, entry);
    this.counts.hits += 1;
    this.counted();
    if (entry.failed) {
      return KitPromise.rejected(entry.value);
    }
    if (entry.retryAt <= this.port.now() && !this.loads.has(key)) {
      try {
        this.loadOf(key, load, options);
      } catch (error) {
        return KitPromise.rejected(error);
      }
    }
    return KitPromise.resolved(entry.value as Cacheable);
  }

  /** The load of a key that is under way, or another one. */
  private loadOf(key: string, loader: Loader, options: AnyOptions): Load {
    this.checkKey(key, "getOrLoad()");
    const version = this.versionOf(key);
    const current = this.loads.get(key);
    if (current !== undefined && current.version === version) {
      return current;
    }
    if (typeof loader !== "function") {
      throw this.refused("getOrLoad(): load", "a function", loader);
    }
    const times: LoadTimes = {
      stale: this.time("staleWhileRevalidate", options.staleWhileRevalidate ?? 0),
      error: this.time("errorTtl", options.errorTtl ?? 0),
      timeout: this.time("timeout", options.timeout ?? defaultTimeout, 1, longestTimeout),
    };
    if (typeof options.ttl !== "function") {
      this.endOf(options.ttl);
    }
    const end = {
      loaded: (load: Load, value: unknown): void => {
        const { ttl, bytes } = options;
        const freshUntil = this.endOf(typeof ttl === "function" ? ttl(value as Cacheable) : ttl);
        if (this.isLast(key, load)) {
          this.keep(key, value, freshUntil, freshUntil + times.stale, bytes, version);
        }
      },
      failed: (load: Load, error: unknown): void => {
        if (this.isLast(key, load)) {
          this.loadFailed(key, load, error, times);
        }
      },
    };
    return startLoad(this.port, this.name, loader, times.timeout, version, end, (load) => {
      this.loads.set(key, load);
    });
  }

  /** It is over. false: the key was forgotten, or set, meanwhile. */
  private isLast(key: string, load: Load): boolean {
    return this.loads.get(key) === load && this.loads.delete(key);
  }

  private loadFailed(key: string, load: Load, error: unknown, times: LoadTimes): void {
    const entry = this.byKey.get(key);
    const now = this.port.now();
    if (entry !== undefined && !entry.failed && entry.keptUntil > now) {
      entry.retryAt = now + (times.error === 0 ? retryPause : times.error);
    } else if (times.error > 0) {
      const keptUntil = now + times.error;
      const bytes = entryBytes + sizeOfText(key) + sizeOf(error, this.mostBytes);
      this.entries.set(key, {
        ...{
          value: error,
          failed: true,
          bytes,
          freshUntil: 0,
          keptUntil,
          retryAt: 0,
          version: load.version,
        },
      });
    }
    this.port.schedule(0, () => {
      if (!load.promise.observed) {
        this.port.logger.warn(
          `CACHE_LOAD_FAILED: ${this.name}: load() failed, and nobody waits for it: ${messageOf(error)}`,
        );
      }
    });
  }

  private keep(
    key: string,
    value: unknown,
    freshUntil: number,
    keptUntil: number,
    bytes: number | undefined,
    version: number,
  ): boolean {
    if (value === undefined) {
      throw new SluiceError(
        "CACHE_VALUE",
        `${this.name}: expected a value, got undefined: null stands for what is not there.`,
      );
    }
    if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw this.refused("bytes", "a whole number from 0 on", bytes);
    }
    if (keptUntil <= this.port.now()) {
      this.entries.delete(key);
      return false;
    }
    const size = entryBytes + sizeOfText(key) + (bytes ?? sizeOf(value, this.mostBytes));
    return this.entries.set(key, {
      value,
      failed: false,
      bytes: size,
      freshUntil,
      keptUntil,
      retryAt: 0,
      version,
    });
  }

  private isKept(key: string, entry: Entry): boolean {
    return entry.keptUntil > this.port.now() && this.versionOf(key) === entry.version;
  }

  /** It is one that another worker has forgotten; so has this one from now on. */
  private isOutdated(key: string, entry: Entry): boolean {
    const outdated = this.versionOf(key) !== entry.version;
    if (outdated) {
      this.entries.delete(key);
    }
    return outdated;
  }

  private versionOf(key: string): number {
    return this.versions?.of(key) ?? 0;
  }

  private missed(): void {
    this.counts.misses += 1;
    this.counted();
  }

  private counted(): void {
    if (!this.counts.noted) {
      this.counts.note();
    }
  }

  /** When something ends that is kept from now on. */
  private endOf(ttl: unknown): number {
    return ttl === undefined ? Infinity : this.port.now() + this.time("ttl", ttl);
  }

  private time(what: string, given: unknown, least = 0, most = longestTime): number {
    const time = millisecondsOf(given);
    if (!(time >= least && time <= most)) {
      throw this.refused(what, `${durationExpected} from ${least} to ${most} ms`, given);
    }
    return time;
  }

  private checkKey(key: unknown, call: string): void {
    if (typeof key !== "string") {
      throw this.refused(`${call}: key`, "a string", key);
    }
  }

  private refused(what: string, expected: string, got: unknown): SluiceError {
    return new SluiceError("CACHE_OPTIONS", `${this.name}: ${what}: expected ${expected}, got ${textOf(got)}.`);
  }
}

hideFields(HeapCache);
