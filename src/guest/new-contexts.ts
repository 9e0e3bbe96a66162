/**
 * Stream contexts that exist and have had no other event. Nearly always there is one at most, so it is two numbers: a map
 * would cost every exchange more than all else that is remembered of it.
 */
export class NewContexts {
  private id = 0;
  private parentId = 0;
  /** Those that were still new when the next one came. */
  private readonly others = new Map<number, number>();

  add(id: number, parentId: number): void {
    if (this.id !== 0) {
      this.others.set(this.id, this.parentId);
    }
    this.id = id;
    this.parentId = parentId;
  }

  /** Takes out the parent of a context; 0 where it is not new. */
  take(id: number): number {
    if (this.id === id) {
      this.id = 0;
      return this.parentId;
    }
    if (this.others.size === 0) {
      return 0;
    }
    const parentId = this.others.get(id) ?? 0;
    this.others.delete(id);
    return parentId;
  }
}
