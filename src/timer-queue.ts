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
  /** What `exchange` has in hand. */
  private moved: Timer | undefined;

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

  /** Where code was ended by force, at whatever place: each timer that was neither taken nor cancelled is in the heap, once. */
  repair(): void {
    const all = new Set(this.heap);
    if (this.moved !== undefined) {
      all.add(this.moved);
      this.moved = undefined;
    }
    this.heap = [...all].filter(({ index }) => index >= 0).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.heap.forEach((timer, index) => {
      timer.index = index;
    });
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
    const { heap } = this;
    const last = heap[heap.length - 1] as Timer;
    timer.index = -1;
    heap[index] = last;
    heap.length--;
    if (last !== timer) {
      last.index = index;
      this.sink(last, index);
      this.rise(last, last.index);
    }
  }

  /** Moves it from `index` nearer to the root, as far as it has to. */
  private rise(timer: Timer, index: number): void {
    const { heap } = this;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!isBefore(timer, above)) {
        return;
      }
      this.exchange(at, parent);
      at = parent;
    }
  }

  /** Moves it from `index` further from the root, as far as it has to. */
  private sink(timer: Timer, index: number): void {
    const { heap } = this;
    let at = index;
    for (;;) {
      let below = at * 2 + 1;
      const left = heap[below];
      if (left === undefined) {
        break;
      }
      let next = left;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, left)) {
        next = right;
        below++;
      }
      if (!isBefore(next, timer)) {
        break;
      }
      this.exchange(at, below);
      at = below;
    }
  }

  /** While it runs a timer may be in the heap twice, and the other one not: `repair` must find both. */
  private exchange(from: number, to: number): void {
    const { heap } = this;
    const moved = heap[from] as Timer;
    const other = heap[to] as Timer;
    this.moved = other;
    heap[to] = moved;
    heap[from] = other;
    moved.index = to;
    other.index = from;
    this.moved = undefined;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
