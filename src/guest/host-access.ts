/**
 * The hostcalls, with the effective context kept right. Hosts remember one effective context; the guest says before a
 * call for which context it is, and skips that where it is known.
 */
import type { Hostcalls } from "../abi/port.js";

const unknownContext = -1;

export class HostAccess {
  readonly calls: Hostcalls;
  /** The context on which hostcalls act now. */
  #effective = unknownContext;
  /** The stream context whose event is running; 0: an event of a root context; -1: no event (a promise job). */
  running = unknownContext;

  constructor(calls: Hostcalls) {
    this.calls = calls;
  }

  /** An event begins: hosts set the effective context to its own. `streamId` is 0 for events of a root context. */
  enter(contextId: number, streamId: number): void {
    this.#effective = contextId;
    this.running = streamId;
  }

  /** The event is over. */
  leave(): void {
    this.#effective = unknownContext;
    this.running = unknownContext;
  }

  /** The hostcalls, acting on that context. */
  as(contextId: number): Hostcalls {
    if (this.#effective !== contextId) {
      this.calls.setEffectiveContext(contextId);
      this.#effective = contextId;
    }
    return this.calls;
  }

  now(): number {
    return this.calls.getCurrentTimeMilliseconds();
  }

  setTickPeriod(rootId: number, milliseconds: number): void {
    this.as(rootId).setTickPeriodMilliseconds(milliseconds);
  }
}
