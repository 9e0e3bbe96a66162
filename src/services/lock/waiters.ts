/** Those of one worker that wait for locks, in the order in which they came. Only the first of each lock asks the other workers. */
import type { InstancePort } from "../../policy/service.js";
import type { Leases } from "./leases.js";

/** Somebody that waits. */
export interface Waiter {
  readonly who: string;
  readonly ttl: number;
  /** `since`: a time at which it was not taken yet. */
  onTaken(fence: number, since: number): void;
  onError(error: unknown): void;
}

/** Milliseconds: nobody tells a worker that another one has given a lock back. */
const askAgain = 25;

export class Waiters {
  private readonly port: InstancePort;
  private readonly leases: Leases;
  private readonly queues = new Map<string, Waiter[]>();
  private readonly timers = new Map<string, () => void>();

  constructor(port: InstancePort, leases: Leases) {
    this.port = port;
    this.leases = leases;
  }

  /** Somebody waits for this lock. */
  has(id: string): boolean {
    return this.queues.has(id);
  }

  join(id: string, waiter: Waiter): void {
    const queue = this.queues.get(id);
    if (queue === undefined) {
      this.queues.set(id, [waiter]);
    } else {
      queue.push(waiter);
    }
    this.ask(id);
  }

  /** Waits no longer. */
  leave(id: string, waiter: Waiter): void {
    const wasFirst = this.queues.get(id)?.[0] === waiter;
    this.remove(id, waiter);
    if (wasFirst) {
      this.leases.leave(id, waiter.who);
      this.ask(id);
    }
  }

  /** Takes the lock for whoever is first, if it can be taken now, and else asks again soon. */
  ask(id: string): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
    for (let first: Waiter | undefined; (first = this.queues.get(id)?.[0]) !== undefined; ) {
      const since = this.port.now();
      let fence: number | undefined;
      try {
        fence = this.leases.take(id, first.who, first.ttl, true);
      } catch (error) {
        this.remove(id, first);
        first.onError(error);
        continue;
      }
      if (fence === undefined) {
        this.timers.set(
          id,
          this.port.schedule(askAgain, () => {
            this.ask(id);
          }),
        );
        return;
      }
      this.remove(id, first);
      first.onTaken(fence, since);
    }
  }

  private remove(id: string, waiter: Waiter): void {
    const left = this.queues.get(id)?.filter((other) => other !== waiter) ?? [];
    if (left.length === 0) {
      this.queues.delete(id);
    } else {
      this.queues.set(id, left);
    }
  }
}
