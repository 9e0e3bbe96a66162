/** What locks can do. */
import type { Duration } from "../../policy/duration.js";

/**
 * What runs under a lock.
 *
 * @param signal aborted when the lock is lost or given back before the work is done
 * @param fence the fencing number: higher than that of every earlier holder. See `ifFence` of `sluice/storage`
 */
export type LockedWork<Result> = (signal: AbortSignal, fence: number) => Result | PromiseLike<Result>;

/** Locks of a use of a policy by ids, for all workers of a gateway: of each id there is one holder at a time. */
export interface Locks {
  /**
   * Waits for the lock, does the work, and gives the lock back.
   *
   * @returns what the work has returned
   * @throws SluiceError `LOCK_TIMEOUT` where others had the lock all the while, `LOCK_LOST`, `LOCK_OPTIONS`, `STORAGE_FULL`
   * @throws the reason of `signal` when it is aborted
   */
  withLock<Result>(id: string, options: LockOptions, work: LockedWork<Result>): Promise<Result>;
  /**
   * The same without waiting: where somebody has the lock, or waits for it, the work is not done.
   *
   * @returns what the work has returned; undefined where it was not done
   * @throws SluiceError `LOCK_LOST`, `LOCK_OPTIONS`, `STORAGE_FULL`
   * @throws the reason of `signal` when it is aborted
   */
  tryLock<Result>(id: string, options: HoldOptions, work: LockedWork<Result>): Promise<Result | undefined>;
}

/** How a lock is held. */
export interface HoldOptions {
  /** How long it stays the holder's if nothing is heard of it any more; from 50 ms to a day, default 30 s. */
  readonly ttl?: Duration | undefined;
  /** Whether it is made longer while the work goes on, whenever a third of `ttl` is over; default true. Else it is lost after `ttl`. */
  readonly autoRefresh?: boolean | undefined;
  /** When it is aborted the lock is not waited for any longer, or given back at once; `signal` of the work is aborted, too. */
  readonly signal?: AbortSignal | undefined;
}

/** How a lock is waited for and held. */
export interface LockOptions extends HoldOptions {
  /** How long; up to a day, default 10 s. */
  readonly wait?: Duration | undefined;
}

/** What locks are made with. */
export interface LocksOptions {
  /** For how many ids there is room that are locked at the same time; default 1,024. */
  readonly entries?: number | undefined;
  /** A name under which all uses of policies that give it have the locks in common. */
  readonly shared?: string | undefined;
}
