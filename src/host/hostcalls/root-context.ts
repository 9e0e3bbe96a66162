import { Status } from "../../abi/constants.js";
import type { GuestEvents } from "../../abi/port.js";
import type { Clock } from "../clock.js";
import { type PolicyContexts, rootContextId } from "../contexts.js";
import { beginTurn, endTurn } from "../turn.js";

/** How long a guest whose `onDone` said false may take until it says that it is done. */
const doneLimitMilliseconds = 5_000;

/** The root context of one guest: its start, the events that belong to no exchange, and its end. */
export class RootContext {
  /** The guest is being configured: its configuration can be read. */
  configuring = false;
  /** No event comes any more. */
  over = false;
  #guest: GuestEvents | undefined = undefined;
  #cancelTick: (() => void) | undefined = undefined;
  #closed: Promise<void> | undefined = undefined;
  #onDone: (() => void) | undefined = undefined;

  constructor(
    private readonly clock: Clock,
    private readonly contexts: PolicyContexts,
    /** What escapes from an event: there is no exchange to fail. */
    private readonly onThrow: (error: unknown) => void,
  ) {}

  /** Creates the context, starts the VM and configures the guest; false when it refuses. Throws what the guest throws. */
  start(guest: GuestEvents, configurationSize: number): boolean {
    this.#guest = guest;
    this.contexts.effective = undefined;
    beginTurn();
    try {
      guest.onContextCreate(rootContextId, 0);
      if (!guest.onVmStart(rootContextId, 0)) {
        return false;
      }
      this.configuring = true;
      return guest.onConfigure(rootContextId, configurationSize);
    } finally {
      this.configuring = false;
      this.contexts.effective = undefined;
      endTurn();
    }
  }

  /** Runs an event, unless the guest is gone. */
  deliver(event: (guest: GuestEvents) => void): void {
    if (!this.over) {
      this.#run(event);
    }
  }

  setTickPeriod(milliseconds: number): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (milliseconds > 0 && !this.over) {
      this.#scheduleTick(milliseconds);
    }
  }

  /** `proxy_done`: `NotFound` where nobody waits for it. */
  done(): Status {
    if (this.#onDone === undefined) {
      return Status.NotFound;
    }
    this.#onDone();
    return Status.Ok;
  }

  /** Tells the guest that it goes, waits until it is done, and calls `release` then. Idempotent. */
  close(release: () => void): Promise<void> {
    this.#closed ??= this.#close(release);
    return this.#closed;
  }

  /** The guest cannot be told anything any more. */
  abandon(): void {
    this.over = true;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#onDone?.();
  }

  async #close(release: () => void): Promise<void> {
    let done = true;
    this.deliver((guest) => {
      done = guest.onDone(rootContextId);
    });
    if (!done && !this.over) {
      await this.#untilDone();
    }
    const alive = !this.over;
    this.abandon();
    release();
    if (alive) {
      this.#run((guest) => {
        guest.onDelete?.(rootContextId);
      });
    }
  }

  #untilDone(): Promise<void> {
    return new Promise((resolve) => {
      const cancelLimit = this.clock.schedule(doneLimitMilliseconds, () => this.#onDone?.());
      this.#onDone = () => {
        this.#onDone = undefined;
        cancelLimit();
        resolve();
      };
    });
  }

  #scheduleTick(period: number): void {
    this.#cancelTick = this.clock.schedule(period, () => {
      this.#scheduleTick(period);
      this.deliver((guest) => {
        guest.onTick(rootContextId);
      });
    });
  }

  #run(event: (guest: GuestEvents) => void): void {
    const guest = this.#guest;
    if (guest === undefined) {
      return;
    }
    this.contexts.effective = undefined;
    beginTurn();
    try {
      event(guest);
    } catch (error) {
      this.onThrow(error);
    } finally {
      this.contexts.effective = undefined;
      endTurn();
    }
  }
}
