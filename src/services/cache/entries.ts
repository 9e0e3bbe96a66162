/** The entries of a cache: as many as it may have, those that were not used for longest first. */

/** What is kept of a key. */
export interface Entry {
  /** The value; what `load` has thrown, where it `failed`. */
  readonly value: unknown;
  readonly failed: boolean;
  readonly bytes: number;
  /** It does not stay for good. */
  readonly ends: boolean;
  /** Milliseconds since the epoch until which `get` gives it. */
  readonly freshUntil: number;
  /** And until which it may be used. */
  readonly keptUntil: number;
  /** When it may be loaded anew again, once that has failed. */
  retryAt: number;
  /** The version of the key, in a shared cache, from before the value was made. */
  readonly version: number;
}

export class Entries {
  /** In the order of their last use: a Map keeps that in which keys were put in. */
  readonly byKey: ReadonlyMap<string, Entry>;
  /** The same, to change. */
  private readonly map = new Map<string, Entry>();
  private readonly mostEntries: number;
  private readonly mostBytes: number;
  private readonly evicted: (entry: Entry) => void;
  /** The last one that was used. */
  newest: Entry | undefined;
  private bytes = 0;

  constructor(mostEntries: number, mostBytes: number, evicted: (entry: Entry) => void) {
    this.byKey = this.map;
    this.mostEntries = mostEntries;
    this.mostBytes = mostBytes;
    this.evicted = evicted;
  }

  /** It was used. */
  touch(key: string, entry: Entry): void {
    if (entry !== this.newest) {
      this.map.delete(key);
      this.map.set(key, entry);
      this.newest = entry;
    }
  }

  /** @returns whether there is room for it, once others are gone */
  set(key: string, entry: Entry): boolean {
    this.delete(key);
    if (entry.bytes > this.mostBytes) {
      return false;
    }
    this.map.set(key, entry);
    this.newest = entry;
    this.bytes += entry.bytes;
    for (const [oldest, dropped] of this.map) {
      if (this.map.size <= this.mostEntries && this.bytes <= this.mostBytes) {
        break;
      }
      this.delete(oldest);
      this.evicted(dropped);
    }
    return true;
  }

  delete(key: string): void {
    const entry = this.map.get(key);
    if (entry !== undefined) {
      this.map.delete(key);
      this.bytes -= entry.bytes;
    }
  }

  clear(): void {
    this.map.clear();
    this.newest = undefined;
    this.bytes = 0;
  }
}
