/** A filter of an exchange that has to wait: its frame or its promise, and its time limit. */

import type { Running } from "./current-event.js";
import { Deadline } from "./deadline.js";
import { asPromise, type FilterRun, Frame, type FrameOwner } from "./frame.js";
import type { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { restoreRunning, resumeRunning } from "./running.js";

/** The filter of which message. */
export type Phase = "request" | "response";

/** What a runner tells its exchange. */
export interface RunnerOwner extends Running {
  readonly instance: PolicyInstance;
  /** The exchange goes on without the filter, whose result counts no more. */
  isCancelled(phase: Phase): boolean;
  /** The filter's result counts no more, or it has answered: nobody waits for it. */
  isDecided(phase: Phase): boolean;
  filterEnded(phase: Phase, value: unknown): void;
  filterFailed(phase: Phase, error: unknown): void;
  filterTimedOut(phase: Phase): void;
  /** It threw when it was over already. */
  filterFailedLate(phase: Phase, error: unknown): void;
}

export class FilterRunner implements FrameOwner {
  private readonly owner: RunnerOwner;
  private readonly phase: Phase;
  private readonly message: GuestMessage;
  private run: FilterRun | undefined;
  private deadline: Deadline | undefined;

  constructor(owner: RunnerOwner, phase: Phase, message: GuestMessage) {
    this.owner = owner;
    this.phase = phase;
    this.message = message;
  }

  /** The filter awaits something, or is between two awaits. */
  get active(): boolean {
    return this.run !== undefined;
  }

  /** The filter is between two awaits. */
  get running(): boolean {
    return this.run?.running ?? false;
  }

  start(result: Frame | PromiseLike<unknown>): void {
    if (result instanceof Frame) {
      this.startFrame(result);
    } else {
      this.startPromise(result);
    }
  }

  /** The filter is over for its exchange; it may still be running. The result is for `end`. */
  release(): FilterRun | undefined {
    const run = this.run;
    this.run = undefined;
    this.deadline?.pause();
    return run;
  }

  /** Makes a filter that was released return where it awaits: `finally` blocks run. */
  end(run: FilterRun): void {
    const before = resumeRunning(this.owner);
    run.cancel((error) => {
      this.owner.filterFailedLate(this.phase, error);
    });
    restoreRunning(before);
  }

  /** Nothing of the filter runs any more. */
  drop(): void {
    this.release()?.drop();
  }

  /** It begins or ceases to wait for bytes. A frame looks after its own steps; this is for functions that it awaits. */
  bodyWaitChanged(): void {
    if (this.run?.running === false) {
      this.watch();
    }
  }

  frameStep(_frame: Frame, step: () => void): void {
    const before = resumeRunning(this.owner);
    this.deadline?.pause();
    try {
      step();
    } finally {
      restoreRunning(before);
    }
    this.suspended();
  }

  frameReturned(_frame: Frame | undefined, value: unknown): void {
    try {
      this.owner.filterEnded(this.phase, value);
    } catch (error) {
      // Only what a policy made can throw when it is looked at: a proxy, a getter.
      this.owner.filterFailed(this.phase, error);
    }
  }

  frameThrew(_frame: Frame, error: unknown): void {
    this.owner.filterFailed(this.phase, error);
  }

  private startFrame(frame: Frame): void {
    // What it did before its first await may have ended it already.
    if (this.owner.isCancelled(this.phase)) {
      this.end(frame);
      return;
    }
    this.run = frame;
    frame.start(this);
    this.suspended();
  }

  /** A plain function returned a promise of its own: it cannot be made to return early. */
  private startPromise(promise: PromiseLike<unknown>): void {
    const run: FilterRun = { running: false, cancel: () => undefined, drop: () => undefined };
    this.run = run;
    asPromise(promise).then(
      (value) => {
        if (this.run === run) {
          this.frameReturned(undefined, value);
        }
      },
      (error: unknown) => {
        if (this.run === run) {
          this.owner.filterFailed(this.phase, error);
        } else {
          this.owner.filterFailedLate(this.phase, error);
        }
      },
    );
    this.watch();
  }

  private suspended(): void {
    if (this.run === undefined) {
      return;
    }
    // What it has left of its stream goes on, since it did not answer at once.
    if (this.message.left) {
      this.message.pass();
    }
    this.watch();
  }

  /** A filter that waits for something else than bytes has a time limit. */
  private watch(): void {
    if (this.run === undefined) {
      return;
    }
    if (this.message.awaitingBody || this.owner.isDecided(this.phase)) {
      this.deadline?.pause();
      return;
    }
    const { access, timers } = this.owner.instance;
    this.deadline ??= new Deadline(access, timers, () => {
      this.owner.filterTimedOut(this.phase);
    });
    this.deadline.resume();
  }
}
