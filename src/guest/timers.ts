/** Many timers over proxy-wasm's one tick. */
import { TimerQueue } from "../timer-queue.js";
import type { HostAccess } from "./host-access.js";

/** Milliseconds: hosts take no longer tick period, and Node no longer timer. */
export const longestDelay = 2_147_483_647;

/** The timers of one policy instance (root context). */
export class Timers {
  private readonly host: HostAccess;
  private readonly rootId: number;
  private readonly queue = new TimerQueue();
  private tickAt = Infinity;

  constructor(host: HostAccess, rootId: number) {
    this.host = host;
    this.rootId = rootId;
  }

  /**
   * Asks for no tick, outside of any: Envoy keeps the ticks of a VM's root contexts in a table, and the first call of one of them while
   * another one's tick runs makes the table grow under that tick, which then ends the process.
   */
  open(): void {
    this.host.setTickPeriod(this.rootId, 0);
  }

  /**
   * Runs `callback` once, in an event of no exchange, after at least `milliseconds`, which whoever takes them from a policy has checked:
   * NaN would stand before all others for good. Returns a function that cancels it.
   */
  schedule(milliseconds: number, callback: () => void): () => void {
    const cancel = this.queue.add(this.host.now() + Math.max(milliseconds, 0), callback);
    this.askForTick();
    return cancel;
  }

  onTick(): void {
    const now = this.host.now();
    this.tickAt = Infinity;
    let callback: (() => void) | undefined;
    while ((callback = this.queue.take(now)) !== undefined) {
      callback();
    }
    if (this.queue.size === 0) {
      // A callback may have asked for one, for a timer that is cancelled by now.
      this.tickAt = Infinity;
      this.host.setTickPeriod(this.rootId, 0);
    } else {
      this.askForTick();
    }
  }

  /** Code was ended by force, perhaps here. */
  afterCutOff(): void {
    this.queue.repair();
    this.tickAt = Infinity;
    this.askForTick();
  }

  /** Forgets all timers. */
  close(): void {
    this.queue.clear();
    this.host.setTickPeriod(this.rootId, 0);
  }

  private askForTick(): void {
    const { due } = this.queue;
    if (due === undefined || due >= this.tickAt) {
      return;
    }
    this.tickAt = due;
    const period = Math.ceil(due - this.host.now());
    this.host.setTickPeriod(this.rootId, Math.min(Math.max(period, 1), longestDelay));
  }
}
