/**
 * The stream contexts and what the guest wants of them: a hash table with open addressing, so that events nobody wants cost
 * no call into JavaScript. Ids grow by one, which makes `id & mask` a perfect hash most of the time.
 */
import { free, malloc } from "./quickjs";
import { contextCapacity, contextCount, contextTable, setContextCount, setContextTable } from "./state";

const ENTRY_BYTES: usize = 16;
const FIRST_CAPACITY: i32 = 64;

/** `id` 0: a free entry. */
@unmanaged
export class Entry {
  id: i32;
  root: i32;
  /** The guest wants the context's further events. */
  kept: bool;
  /** What the exchange waits with for its response, of which the guest has not heard; see `prepared.ts`. 0: it does not. */
  waiting: usize;
}

// @ts-ignore: decorator
@inline function entryAt(index: i32): Entry {
  return changetype<Entry>(contextTable + <usize>index * ENTRY_BYTES);
}

export function createContextTable(): void {
  allocate(FIRST_CAPACITY);
}

function allocate(capacity: i32): void {
  const table = malloc(<usize>capacity * ENTRY_BYTES);
  memory.fill(table, 0, <usize>capacity * ENTRY_BYTES);
  setContextTable(table, capacity);
  setContextCount(0);
}

/** null: no such stream context. */
export function findContext(id: i32): Entry | null {
  const mask = contextCapacity - 1;
  let index = id & mask;
  while (entryAt(index).id != 0) {
    if (entryAt(index).id == id) return entryAt(index);
    index = (index + 1) & mask;
  }
  return null;
}

export function addContext(id: i32, root: i32, kept: bool, waiting: usize): void {
  if (contextCount * 2 >= contextCapacity) grow();
  const mask = contextCapacity - 1;
  let index = id & mask;
  while (entryAt(index).id != 0) index = (index + 1) & mask;
  const entry = entryAt(index);
  entry.id = id;
  entry.root = root;
  entry.kept = kept;
  entry.waiting = waiting;
  setContextCount(contextCount + 1);
}

function grow(): void {
  const old = contextTable;
  const capacity = contextCapacity;
  allocate(capacity * 2);
  for (let index = 0; index < capacity; index++) {
    const entry = changetype<Entry>(old + <usize>index * ENTRY_BYTES);
    if (entry.id != 0) addContext(entry.id, entry.root, entry.kept, entry.waiting);
  }
  free(old);
}

/** Moves later entries of the same run up, so that none becomes unreachable. */
export function removeContext(id: i32): void {
  const found = findContext(id);
  if (found === null) return;
  setContextCount(contextCount - 1);
  const mask = contextCapacity - 1;
  let hole = <i32>((changetype<usize>(found) - contextTable) / ENTRY_BYTES);
  for (let index = (hole + 1) & mask; entryAt(index).id != 0; index = (index + 1) & mask) {
    const home = entryAt(index).id & mask;
    if (((index - home) & mask) >= ((index - hole) & mask)) {
      memory.copy(changetype<usize>(entryAt(hole)), changetype<usize>(entryAt(index)), ENTRY_BYTES);
      hole = index;
    }
  }
  entryAt(hole).id = 0;
}
