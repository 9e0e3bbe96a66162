/** What is known of tokens, for a while: as many as it may have, those that were not used for longest go. */
import { Entries, type Entry } from "../cache/entries.js";
import { entryBytes, sizeOfText } from "../cache/size-of.js";

interface TokenEntry<Value> extends Entry {
  readonly value: Value;
}

export class TokenCache<Value> {
  /** For a `FindFresh`, which finds what is fresh in it. */
  declare readonly byKey: Map<string, TokenEntry<Value>>;
  declare private readonly entries: Entries;

  constructor(mostEntries: number, mostBytes: number) {
    this.entries = new Entries(mostEntries, mostBytes, () => undefined);
    this.byKey = this.entries.byKey as Map<string, TokenEntry<Value>>;
  }

  /** @param until milliseconds since the epoch */
  set(key: string, value: Value, until: number, valueBytes: number): void {
    const entry: Entry = {
      value,
      failed: false,
      bytes: entryBytes + sizeOfText(key) + valueBytes,
      freshUntil: until,
      keptUntil: until,
      retryAt: 0,
      version: 0,
    };
    this.entries.set(key, entry);
  }

  clear(): void {
    this.entries.clear();
  }
}
