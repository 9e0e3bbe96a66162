/** One filter of an exchange while it runs: its frame or its promise, and its time limit. */
import { Deadline } from "./deadline.js";
import type { ExchangeContext } from "./exchange-context.js";
import { callFilter, Frame } from "./frame.js";
import type { FilterRun, FrameOwner } from "./frame.js";
import type { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { restoreRunning, setRunning } from "./running.js";

/** The filter of which message. */
export type Phase = "request" | "response";

/** What a runner tells its exchange. */
export interface RunnerOwner {
  readonly instance: PolicyInstance;
  readonly context: ExchangeContext;
  /** The filter's result counts no more, or it has answered: nobody waits for it. */
  isDecided(phase: Phase): boolean;
  filterEnded(phase: Phase, value: unknown): void;
  filterFailed(phase: Phase, error: unknown): void;
  filterTimedOut(phase: Phase): void;
  /** It threw when it was over already. */
  filterFailedLate(phase: Phase, error: unknown): void;
}

export class FilterRunner implements FrameOwner {
  readonly #owner: RunnerOwner;
  readonly #phase: Phase;
  readonly #message: GuestMessage;
  #run: FilterRun | undefined;
  #deadline: Deadline | undefined;

  constructor(owner: RunnerOwner, phase: Phase, message: GuestMessage) {
    this.#owner = owner;
    this.#phase = phase;
    this.#message = message;
  }

  /** The filter awaits something, or is between two awaits. */
  get active(): boolean {
    return this.#run !== undefined;
  }

  /** Runs the filter until it ends or has to wait. */
  start(filter: () => unknown): void {
    const before = setRunning(this.#owner.context);
    try {
      const result = callFilter(filter);
      if (result instanceof Frame) this.#startFrame(result);
      else if (isThenable(result)) this.#startPromise(result);
      else this.#owner.filterEnded(this.#phase, result);
    } catch (error) {
      this.#owner.filterFailed(this.#phase, error);
    } finally {
      restoreRunning(before);
    }
  }

  /** The filter is over for its exchange; it may still be running. The result is for `end`. */
  release(): FilterRun | undefined {
    const run = this.#run;
    this.#run = undefined;
    this.#deadline?.pause();
    return run;
  }

  /** Makes a filter that was released return where it awaits: `finally` blocks run. */
  end(run: FilterRun): void {
    const before = setRunning(this.#owner.context);
    run.cancel((error) => {
      this.#owner.filterFailedLate(this.#phase, error);
    });
    restoreRunning(before);
  }

  /** It begins or ceases to wait for bytes. A frame looks after its own steps; this is for functions that it awaits. */
  bodyWaitChanged(): void {
    if (this.#run?.running === false) this.#watch();
  }

  frameStep(_frame: Frame, step: () => void): void {
    const before = setRunning(this.#owner.context);
    this.#deadline?.pause();
    try {
      step();
    } finally {
      restoreRunning(before);
    }
    this.#suspended();
  }

  frameReturned(_frame: Frame, value: unknown): void {
    this.#owner.filterEnded(this.#phase, value);
  }

  frameThrew(_frame: Frame, error: unknown): void {
    this.#owner.filterFailed(this.#phase, error);
  }

  #startFrame(frame: Frame): void {
    // What it did before its first await may have ended it already.
    if (this.#owner.isDecided(this.#phase)) {
      this.end(frame);
      return;
    }
    this.#run = frame;
    frame.start(this);
    this.#suspended();
  }

  /** A plain function returned a promise of its own: it cannot be made to return early. */
  #startPromise(promise: PromiseLike<unknown>): void {
    const run: FilterRun = { running: false, cancel: () => undefined };
    this.#run = run;
    promise.then(
      (value) => {
        if (this.#run === run) this.#owner.filterEnded(this.#phase, value);
      },
      (error: unknown) => {
        if (this.#run === run) this.#owner.filterFailed(this.#phase, error);
        else this.#owner.filterFailedLate(this.#phase, error);
      },
    );
    this.#watch();
  }

  #suspended(): void {
    if (this.#run === undefined) return;
    this.#message.passIfLeft();
    this.#watch();
  }

  /** A filter that waits for something else than bytes has a time limit. */
  #watch(): void {
    if (this.#run === undefined) return;
    if (this.#message.awaitingBody || this.#owner.isDecided(this.#phase)) {
      this.#deadline?.pause();
      return;
    }
    const { access, timers } = this.#owner.instance;
    this.#deadline ??= new Deadline(access, timers, () => {
      this.#owner.filterTimedOut(this.#phase);
    });
    this.#deadline.resume();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
