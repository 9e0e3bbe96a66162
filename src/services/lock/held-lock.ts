/** A lock while it is held: it is made longer in time, and whoever works under it hears when it is lost. */
import { SluiceError } from "../../errors.js";
import type { InstancePort } from "../../policy/service.js";
import { messageOf } from "../../thrown.js";
import type { Leases } from "./leases.js";

/** Who holds which lock. */
export interface Hold {
  readonly name: string;
  readonly id: string;
  readonly who: string;
  readonly ttl: number;
  readonly autoRefresh: boolean;
}

export class HeldLock {
  private readonly port: InstancePort;
  private readonly leases: Leases;
  private readonly hold: Hold;
  private readonly controller = new AbortController();
  /** Called once, with why, where it ends before it is given back. */
  private readonly onLost: (reason: unknown) => void;
  private until: number;
  private ended = false;
  private cancelTimer: () => void = () => undefined;

  /** `since`: when it was taken, at the latest. */
  constructor(port: InstancePort, leases: Leases, hold: Hold, since: number, onLost: (reason: unknown) => void) {
    this.port = port;
    this.leases = leases;
    this.hold = hold;
    this.onLost = onLost;
    this.until = since + hold.ttl;
    this.watch();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Gives it back. false: it was lost. */
  release(): boolean {
    if (this.ended) {
      return false;
    }
    this.end();
    try {
      return this.leases.release(this.hold.id, this.hold.who);
    } catch (error) {
      // It ends by itself.
      this.port.logger.warn(`${this.hold.name}: the lock could not be given back: ${messageOf(error)}`);
      return true;
    }
  }

  /** Gives it back before the work is done. */
  giveUp(reason: unknown): void {
    if (!this.ended) {
      this.release();
      this.fail(reason);
    }
  }

  private watch(): void {
    const { ttl, autoRefresh } = this.hold;
    const left = this.until - this.port.now();
    this.cancelTimer = this.port.schedule(autoRefresh ? Math.min(ttl / 3, left) : left, () => {
      this.onTimer();
    });
  }

  private onTimer(): void {
    const now = this.port.now();
    if (now < this.until && this.renewed(now)) {
      this.watch();
      return;
    }
    this.end();
    this.fail(
      new SluiceError(
        "LOCK_LOST",
        `${this.hold.name}: the lock has expired after ${this.hold.ttl} ms, before the work under it was done.`,
      ),
    );
  }

  /** false: it is somebody else's, or nobody's. */
  private renewed(now: number): boolean {
    const { id, who, ttl, autoRefresh, name } = this.hold;
    if (!autoRefresh) {
      return true;
    }
    try {
      const renewed = this.leases.renew(id, who, ttl);
      this.until = now + ttl;
      return renewed;
    } catch (error) {
      // There is time to try it again.
      this.port.logger.warn(`${name}: the lock could not be made longer: ${messageOf(error)}`);
      return true;
    }
  }

  private end(): void {
    this.ended = true;
    this.cancelTimer();
  }

  private fail(reason: unknown): void {
    this.controller.abort(reason);
    this.onLost(reason);
  }
}
