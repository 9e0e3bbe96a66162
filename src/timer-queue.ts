/**
 * Timers by the time at which they fall due: a binary heap, so that none costs more than the logarithm of how many there are. Policies
 * may have tens of thousands, one for each exchange that waits.
 */
interface Timer {
  readonly due: number;
  /** Of two that fall due at once the older one comes first. */
  readonly order: number;
  readonly callback: () => void;
  /** Where it is in the heap; -1 when it is not there any more. */
  index: number;
}

export class TimerQueue {
  private heap: Timer[] = [];
  private added = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When the next one falls due; undefined without one. */
  get due(): number | undefined {
    return this.heap[0]?.due;
  }

  /** `due` must be a number, not NaN. Returns a function that takes the timer out again; it does nothing once it was taken. */
  add(due: number, callback: () => void): () => void {
    const timer: Timer = { due, order: this.added++, callback, index: this.heap.length };
    this.heap.push(timer);
    this.rise(timer, timer.index);
    return () => {
      this.remove(timer);
    };
  }

  /** Takes the next one out, if it falls due by `now`. */
  take(now: number): (() => void) | undefined {
    const first = this.heap[0];
    if (first === undefined || first.due > now) {
      return undefined;
    }
    this.remove(first);
    return first.callback;
  }

  clear(): void {
    for (const timer of this.heap) {
      timer.index = -1;
    }
    this.heap = [];
  }

  private remove(timer: Timer): void {
    const { index } = timer;
    if (index < 0) {
      return;
    }
    timer.index = -1;
    const last = this.heap.pop() as Timer;
    if (last !== timer) {
      this.sink(last, index);
      this.rise(last, last.index);
    }
  }

  /** Puts it at `index` or nearer to the root. */
  private rise(timer: Timer, index: number): void {
    let at = index;
    while (at > 0) {
      const above = this.heap[(at - 1) >> 1] as Timer;
      if (!isBefore(timer, above)) {
        break;
      }
      this.place(above, at);
      at = (at - 1) >> 1;
    }
    this.place(timer, at);
  }

  /** Puts it at `index` or further from the root. */
  private sink(timer: Timer, index: number): void {
    let at = index;
    for (;;) {
      let below = at * 2 + 1;
      const left = this.heap[below];
      if (left === undefined) {
        break;
      }
      let next = left;
      const right = this.heap[below + 1];
      if (right !== undefined && isBefore(right, left)) {
        next = right;
        below++;
      }
      if (!isBefore(next, timer)) {
        break;
      }
      this.place(next, at);
      at = below;
    }
    this.place(timer, at);
  }

  private place(timer: Timer, index: number): void {
    this.heap[index] = timer;
    timer.index = index;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
