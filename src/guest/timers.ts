/** Many timers over proxy-wasm's one tick. */
import type { HostAccess } from "./host-access.js";

interface Timer {
  due: number;
  callback: (() => void) | undefined;
}

/** The timers of one policy instance (root context). */
export class Timers {
  private readonly host: HostAccess;
  private readonly rootId: number;
  /** By due time, earliest first. */
  private queue: Timer[] = [];
  /** Cancelled ones that are still in the queue. */
  private cancelled = 0;
  private tickAt = Infinity;

  constructor(host: HostAccess, rootId: number) {
    this.host = host;
    this.rootId = rootId;
  }

  /** Runs `callback` once, in an event of no exchange, after at least `milliseconds`. Returns a function that cancels it. */
  schedule(milliseconds: number, callback: () => void): () => void {
    const timer: Timer = { due: this.host.now() + Math.max(milliseconds, 0), callback };
    let index = this.queue.length;
    while (index > 0 && (this.queue[index - 1] as Timer).due > timer.due) {
      index--;
    }
    this.queue.splice(index, 0, timer);
    this.askForTick();
    return () => {
      if (timer.callback === undefined) {
        return;
      }
      timer.callback = undefined;
      this.cancelled++;
      this.sweep();
    };
  }

  onTick(): void {
    const now = this.host.now();
    this.tickAt = Infinity;
    let next: Timer | undefined;
    while ((next = this.queue[0]) !== undefined && (next.callback === undefined || next.due <= now)) {
      this.queue.shift();
      const { callback } = next;
      next.callback = undefined;
      if (callback === undefined) {
        this.cancelled--;
      } else {
        callback();
      }
    }
    if (this.queue.length === 0) {
      this.host.setTickPeriod(this.rootId, 0);
    } else {
      this.askForTick();
    }
  }

  /** Forgets all timers. */
  close(): void {
    this.queue = [];
    this.cancelled = 0;
    this.host.setTickPeriod(this.rootId, 0);
  }

  /** Most timers are limits that are never reached: they must not pile up until they are due. */
  private sweep(): void {
    if (this.cancelled < 64 || this.cancelled * 2 < this.queue.length) {
      return;
    }
    this.queue = this.queue.filter(({ callback }) => callback !== undefined);
    this.cancelled = 0;
  }

  private askForTick(): void {
    const first = this.queue[0];
    if (first === undefined || first.due >= this.tickAt) {
      return;
    }
    this.tickAt = first.due;
    this.host.setTickPeriod(this.rootId, Math.max(1, Math.ceil(first.due - this.host.now())));
  }
}
