/** The entries of a cache: as many as it may have, those that were not used for longest first. */

/** What is kept of a key. */
export interface Entry {
  /** The value; what `load` has thrown, where it `failed`. */
  readonly value: unknown;
  readonly failed: boolean;
  readonly bytes: number;
  /** Milliseconds since the epoch until which `get` gives it; Infinity: until others need the room. */
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
  readonly byKey = new Map<string, Entry>();
  declare private readonly mostEntries: number;
  declare private readonly mostBytes: number;
  private readonly evicted: (entry: Entry) => void;
  private bytes = 0;

  constructor(mostEntries: number, mostBytes: number, evicted: (entry: Entry) => void) {
    this.mostEntries = mostEntries;
    this.mostBytes = mostBytes;
    this.evicted = evicted;
  }

  /** It was used. */
  touch(key: string, entry: Entry): void {
    this.byKey.delete(key);
    this.byKey.set(key, entry);
  }

  /** @returns whether there is room for it, once others are gone */
  set(key: string, entry: Entry): boolean {
    this.delete(key);
    if (entry.bytes > this.mostBytes) {
      return false;
    }
    this.byKey.set(key, entry);
    this.bytes += entry.bytes;
    // Before the loop, too: it costs an interpreter more than all before it.
    if (this.byKey.size <= this.mostEntries && this.bytes <= this.mostBytes) {
      return true;
    }
    for (const [oldest, dropped] of this.byKey) {
      if (this.byKey.size <= this.mostEntries && this.bytes <= this.mostBytes) {
        break;
      }
      this.delete(oldest);
      this.evicted(dropped);
    }
    return true;
  }

  delete(key: string): void {
    const entry = this.byKey.get(key);
    if (entry !== undefined) {
      this.byKey.delete(key);
      this.bytes -= entry.bytes;
    }
  }

  clear(): void {
    this.byKey.clear();
    this.bytes = 0;
  }
}
