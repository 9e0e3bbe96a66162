/** What is known of tokens, for a while: as many as it may have, those that were not used for longest go. */
import type { FindFresh } from "../../abi/port.js";
import type { InstancePort } from "../../policy/service.js";
import { Entries, type Entry, findFreshBy } from "../cache/entries.js";
import { entryBytes, sizeOfText } from "../cache/size-of.js";

/** Engines look entries up faster than code does. */
export function finderOf(port: InstancePort): FindFresh {
  const { findFresh } = (port as InstancePort & { readonly instance: PortInstance }).instance.access.services;
  return findFresh ?? findFreshBy(() => port.now());
}

interface PortInstance {
  readonly access: { readonly services: { readonly findFresh?: FindFresh } };
}

export class TokenCache<Value> {
  private readonly entries: Entries;
  private readonly find: FindFresh;

  constructor(find: FindFresh, mostEntries: number, mostBytes: number) {
    this.find = find;
    this.entries = new Entries(mostEntries, mostBytes, () => undefined);
  }

  get(key: string): Value | undefined {
    return this.find(this.entries.byKey, key)?.value as Value | undefined;
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
