/**
 * What lives as long as a stream context, found by the context's id.
 *
 * Ids grow and most contexts live briefly. A `Map` with such keys leaves a trail of outgrown tables that keep dead
 * exchanges alive until the next full collection (measured: two thirds of an exchange's cost); slots do not.
 */
const slots = 1024;

export class ContextTable<T extends { readonly id: number }> {
  private readonly slots = new Array<T | undefined>(slots).fill(undefined);
  /** Those whose slot was taken when they came. */
  private readonly others = new Map<number, T>();

  get(id: number): T | undefined {
    const found = this.slots[id % slots];
    return found?.id === id ? found : this.others.size === 0 ? undefined : this.others.get(id);
  }

  add(item: T): void {
    const slot = item.id % slots;
    if (this.slots[slot] === undefined) {
      this.slots[slot] = item;
    } else {
      this.others.set(item.id, item);
    }
  }

  /** Takes it out, if there is one. */
  take(id: number): T | undefined {
    const slot = id % slots;
    const found = this.slots[slot];
    if (found?.id === id) {
      this.slots[slot] = undefined;
      return found;
    }
    const other = this.others.get(id);
    this.others.delete(id);
    return other;
  }

  *values(): Generator<T, undefined> {
    for (const item of this.slots) {
      if (item !== undefined) {
        yield item;
      }
    }
    yield* this.others.values();
  }
}
