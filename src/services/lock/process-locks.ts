/** Locks in the shared data of the process. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import { HeldLock } from "./held-lock.js";
import type { Leases } from "./leases.js";
import type { HoldOptions, LockedWork, LockOptions, Locks } from "./locks.js";
import { Waiters } from "./waiters.js";

const longestId = 1_024;
const shortestTtl = 50;
const longestTime = 86_400_000;
const defaultTtl = 30_000;
const defaultWait = 10_000;

/** What a lock was taken with. */
interface Taken {
  readonly who: string;
  readonly fence: number;
  /** A time at which it was not taken yet. */
  readonly since: number;
}

export class ProcessLocks implements Locks {
  private readonly port: InstancePort;
  private readonly name: string;
  private readonly leases: Leases;
  private readonly waiters: Waiters;
  /** Of this worker alone, and of no other process that there was or will be. */
  private readonly worker: string;
  private taken = 0;
  /** What ends when the use of the policy goes. */
  private readonly open = new Set<(reason: unknown) => void>();

  constructor(port: InstancePort, name: string, leases: Leases) {
    this.port = port;
    this.name = name;
    this.leases = leases;
    this.waiters = new Waiters(port, leases);
    this.worker = crypto.randomUUID();
    port.closed.addEventListener("abort", () => {
      for (const end of [...this.open]) {
        end(port.closed.reason);
      }
    });
  }

  async withLock<Result>(id: string, options: LockOptions, work: LockedWork<Result>): Promise<Result> {
    const ttl = this.check(id, options);
    const wait = this.time("wait", options.wait ?? defaultWait, 0);
    return await this.run(id, ttl, options, await this.take(id, ttl, wait, options.signal), work);
  }

  async tryLock<Result>(id: string, options: HoldOptions, work: LockedWork<Result>): Promise<Result | undefined> {
    const ttl = this.check(id, options);
    const who = this.newName();
    const since = this.port.now();
    const fence = this.waiters.has(id) ? undefined : this.leases.take(id, who, ttl, false);
    return fence === undefined ? undefined : await this.run(id, ttl, options, { who, fence, since }, work);
  }

  /** Settled when the lock is there, or not waited for any longer. */
  private take(id: string, ttl: number, wait: number, signal: AbortSignal | undefined): Promise<Taken> {
    const promise = new KitPromise<Taken>();
    let settled = false;
    const settle = (how: () => void): void => {
      settled = true;
      cancelTimer();
      stopListening();
      how();
    };
    const waiter = {
      who: this.newName(),
      ttl,
      onTaken: (fence: number, since: number): void => {
        settle(() => {
          promise.resolve({ who: waiter.who, fence, since });
        });
      },
      onError: (error: unknown): void => {
        settle(() => {
          promise.reject(error);
        });
      },
    };
    const giveUp = (reason: unknown): void => {
      if (!settled) {
        waiter.onError(reason);
        this.waiters.leave(id, waiter);
      }
    };
    const cancelTimer = this.port.schedule(wait, () => {
      giveUp(
        new SluiceError("LOCK_TIMEOUT", `${this.name}: others have had the lock for all of the ${wait} ms of waiting.`),
      );
    });
    const stopListening = this.onEnd(signal, giveUp);
    this.waiters.join(id, waiter);
    return promise;
  }

  private run<Result>(
    id: string,
    ttl: number,
    { autoRefresh = true, signal }: HoldOptions,
    { who, fence, since }: Taken,
    work: LockedWork<Result>,
  ): Promise<Result> {
    const promise = new KitPromise<Result>();
    const hold = { name: this.name, id, who, ttl, autoRefresh };
    const held = new HeldLock(this.port, this.leases, hold, since, (reason) => {
      stopListening();
      promise.reject(reason);
      this.waiters.ask(id);
    });
    const stopListening = this.onEnd(signal, (reason) => {
      held.giveUp(reason);
    });
    /** @returns whether it was the holder's to the end */
    const release = (): boolean => {
      stopListening();
      const released = held.release();
      this.waiters.ask(id);
      return released;
    };
    const done = async (): Promise<Result> => await work(held.signal, fence);
    done().then(
      (result) => {
        if (release()) {
          promise.resolve(result);
        } else {
          promise.reject(new SluiceError("LOCK_LOST", `${this.name}: the lock was lost before the work was done.`));
        }
      },
      (error: unknown) => {
        release();
        promise.reject(error);
      },
    );
    return promise;
  }

  /** Calls back when the signal aborts, or the use of the policy goes. @returns how to listen no longer */
  private onEnd(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
    const onAbort = (): void => {
      callback(signal?.reason);
    };
    this.open.add(callback);
    signal?.addEventListener("abort", onAbort);
    return () => {
      this.open.delete(callback);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  private newName(): string {
    return `${this.worker}/${++this.taken}`;
  }

  /** @returns the time to live */
  private check(id: string, { ttl = defaultTtl, signal }: HoldOptions): number {
    if (typeof id !== "string" || new TextEncoder().encode(id).length > longestId) {
      throw this.refused("id", `a string of at most ${longestId} bytes`, typeof id);
    }
    signal?.throwIfAborted();
    this.port.closed.throwIfAborted();
    return this.time("ttl", ttl, shortestTtl);
  }

  private time(what: string, duration: unknown, least: number): number {
    const milliseconds = millisecondsOf(duration);
    if (!(milliseconds >= least && milliseconds <= longestTime)) {
      throw this.refused(what, `${durationExpected} from ${least} ms to a day`, duration);
    }
    return milliseconds;
  }

  private refused(what: string, expected: string, got: unknown): SluiceError {
    return new SluiceError("LOCK_OPTIONS", `${this.name}: ${what}: expected ${expected}, got ${textOf(got)}.`);
  }
}

hideFields(ProcessLocks);
