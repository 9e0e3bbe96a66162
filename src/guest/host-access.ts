/**
 * The hostcalls, with the effective context kept right. Hosts remember one effective context; the guest says before a
 * call for which context it is, and skips that where it is known.
 */
import { Status } from "../abi/constants.js";
import type { EngineServices, Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { Users } from "./users.js";

const unknownContext = -1;

export class HostAccess {
  readonly calls: Hostcalls;
  readonly services: EngineServices;
  readonly users = new Users();
  /** Those that are refused memory. */
  private readonly short = new Set<object>();
  /** The context on which hostcalls act now. */
  effective = unknownContext;
  /** The stream context whose event is running; 0: an event of a root context; -1: no event (a promise job). */
  running = unknownContext;

  /** Events end when they are over. Where promise jobs run inside them, those that are still due belong to one: it lasts until the next. */
  readonly leaves: boolean;

  constructor(calls: Hostcalls, services: EngineServices) {
    this.calls = calls;
    this.services = services;
    this.leaves = services.runMicrotasks === undefined;
  }

  /** An event begins: hosts set the effective context to its own. `streamId` is 0 for events of a root context. */
  enter(contextId: number, streamId: number): void {
    this.effective = contextId;
    this.running = streamId;
  }

  /** The event is over. */
  leave(): void {
    if (!this.leaves) {
      return;
    }
    this.effective = unknownContext;
    this.running = unknownContext;
  }

  /** Running code was ended by force: nothing is certain but whose event this is. */
  interrupted(): void {
    this.effective = unknownContext;
  }

  /** Exchanges of that use are refused: so each is the guest's from its beginning. */
  goesWithout(use: object): void {
    this.short.add(use);
    this.services.bypassGuest?.(false);
  }

  hasRoomAgain(use: object): void {
    if (this.short.delete(use)) {
      this.services.bypassGuest?.(this.short.size === 0);
    }
  }

  /** Code of that exchange (0: of none), and of that user, runs from now on. */
  runs(contextId: number, user: number): void {
    this.services.running?.(contextId, user);
  }

  /**
   * The hostcalls, acting on that context.
   *
   * @throws SluiceError `EXCHANGE_OVER` where the host does not know it any more: they would act on another one.
   */
  as(contextId: number): Hostcalls {
    if (this.effective === contextId) {
      return this.calls;
    }
    const calls = this.ifKnown(contextId);
    if (calls === undefined) {
      throw new SluiceError("EXCHANGE_OVER", "The host has nothing of this exchange any more: it is over.");
    }
    return calls;
  }

  /** The hostcalls, acting on that context; undefined where the host does not know it any more. */
  ifKnown(contextId: number): Hostcalls | undefined {
    if (this.effective === contextId && this.running === contextId) {
      return this.calls;
    }
    if (this.calls.setEffectiveContext(contextId) !== Status.Ok) {
      return undefined;
    }
    this.effective = contextId;
    return this.calls;
  }

  now(): number {
    return this.calls.getCurrentTimeMilliseconds();
  }

  setTickPeriod(rootId: number, milliseconds: number): void {
    this.as(rootId).setTickPeriodMilliseconds(milliseconds);
  }
}
