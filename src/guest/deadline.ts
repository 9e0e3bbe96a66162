/** The time limit of a filter: only the time it spends waiting for something else than bytes counts. */
import type { HostAccess } from "./host-access.js";
import type { Timers } from "./timers.js";

export class Deadline {
  /** Milliseconds. */
  static readonly limit = 30_000;
  private readonly access: HostAccess;
  private readonly timers: Timers;
  private readonly expired: () => void;
  private left = Deadline.limit;
  private since = 0;
  private cancel: (() => void) | undefined;

  constructor(access: HostAccess, timers: Timers, expired: () => void) {
    this.access = access;
    this.timers = timers;
    this.expired = expired;
  }

  resume(): void {
    if (this.cancel !== undefined) {
      return;
    }
    this.since = this.access.now();
    this.cancel = this.timers.schedule(this.left, () => {
      this.cancel = undefined;
      this.expired();
    });
  }

  pause(): void {
    if (this.cancel === undefined) {
      return;
    }
    this.cancel();
    this.cancel = undefined;
    this.left -= this.access.now() - this.since;
  }
}
