/**
 * AbortController and AbortSignal of the DOM standard, as far as code without a DOM uses them: a signal's one event is `abort`.
 * The same on every engine. What a listener throws goes to the policy's log, where Node's own would end the process.
 */
import { hideFields } from "../policy/opaque.js";
import { restoreRunning, resumeRunning, whoRuns } from "./running.js";

type Listener = ((event: AbortEvent) => void) | { handleEvent(event: AbortEvent): void };

interface ListenerOptions {
  once?: boolean;
  /** Removes the listener when it is aborted. */
  signal?: AbortSignal;
}

interface Entry {
  listener: Listener;
  readonly once: boolean;
  /** It is `onabort`'s. */
  readonly isHandler: boolean;
}

/** What only this file may do. */
const internal = Symbol("internal");

/** As much of an event as an `abort` event has to tell. */
class AbortEvent {
  readonly type = "abort";
  readonly target: AbortSignal;
  readonly currentTarget: AbortSignal;

  constructor(target: AbortSignal) {
    this.target = target;
    this.currentTarget = target;
  }

  get bubbles(): boolean {
    return false;
  }

  get cancelable(): boolean {
    return false;
  }

  get isTrusted(): boolean {
    return true;
  }
}

export class AbortSignal {
  private isAborted = false;
  private abortReason: unknown = undefined;
  private listeners: readonly Entry[] = [];
  /** "Abort algorithms": they run before all listeners. */
  declare private algorithms: readonly (() => void)[] | undefined;
  /** Signals of `any()` that are aborted with this one, in the order in which they were made. */
  declare private dependents: readonly AbortSignal[] | undefined;
  /** Of a signal of `any()`: those that are no such signals themselves. */
  declare private sources: readonly AbortSignal[] | undefined;

  constructor(key?: symbol) {
    if (key !== internal) {
      throw new TypeError("Illegal constructor: use new AbortController() or AbortSignal.abort().");
    }
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(internal);
    signal[internal](reason);
    return signal;
  }

  /**
   * On the host's clock.
   * @throws TypeError for what is no number, RangeError for one that is not whole or not from 0 to 2^32-1, as Node does
   */
  static timeout(milliseconds: number): AbortSignal {
    if (typeof milliseconds !== "number") {
      throw new TypeError(`AbortSignal.timeout(): expected a number of milliseconds, got ${typeof milliseconds}.`);
    }
    if (milliseconds >>> 0 !== milliseconds) {
      throw new RangeError(
        `AbortSignal.timeout(): expected whole milliseconds from 0 to 4294967295, got ${String(milliseconds)}.`,
      );
    }
    const signal = new AbortSignal(internal);
    const running = whoRuns();
    running?.handsOver();
    running?.timers.schedule(milliseconds, () => {
      const before = resumeRunning(running);
      signal[internal](new DOMException("The operation was aborted due to timeout", "TimeoutError"));
      restoreRunning(before);
    });
    return signal;
  }

  /** "Create a dependent abort signal". */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const given = [...signals];
    const result = new AbortSignal(internal);
    const done = given.find((signal) => signal.aborted);
    if (done !== undefined) {
      result[internal](done.reason);
      return result;
    }
    const sources = new Set(given.flatMap((signal) => signal.sources ?? [signal]));
    result.sources = [...sources];
    for (const source of sources) {
      source.dependents = [...(source.dependents ?? []), result];
    }
    return result;
  }

  get aborted(): boolean {
    return this.isAborted;
  }

  get reason(): unknown {
    return this.abortReason;
  }

  throwIfAborted(): void {
    if (this.isAborted) {
      throw this.abortReason;
    }
  }

  get onabort(): Listener | null {
    return this.listeners.find(({ isHandler }) => isHandler)?.listener ?? null;
  }

  /** The first one takes its place among the listeners, which another one in its stead keeps. */
  set onabort(value: unknown) {
    const handler = typeof value === "function" ? (value as (event: AbortEvent) => void) : null;
    const entry = this.listeners.find(({ isHandler }) => isHandler);
    if (handler === null) {
      this.listeners = this.listeners.filter((other) => other !== entry);
    } else if (entry === undefined) {
      this.listeners = [...this.listeners, { listener: handler, once: false, isHandler: true }];
    } else {
      entry.listener = handler;
    }
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (type !== "abort" || listener === null) {
      return;
    }
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted === true || this.listeners.some((entry) => entry.listener === listener && !entry.isHandler)) {
      return;
    }
    this.listeners = [...this.listeners, { listener, once, isHandler: false }];
    if (signal !== undefined) {
      signal.algorithms = [
        ...(signal.algorithms ?? []),
        () => {
          this.removeEventListener(type, listener);
        },
      ];
    }
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (type === "abort") {
      this.listeners = this.listeners.filter((entry) => entry.listener !== listener || entry.isHandler);
    }
  }

  /** "Signal abort": all that depend on it are aborted before any listener runs. */
  [internal](reason: unknown): void {
    if (this.isAborted) {
      return;
    }
    this.setAborted(reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason);
    const dependents = this.dependents?.filter((signal) => !signal.isAborted) ?? [];
    this.dependents = undefined;
    for (const signal of dependents) {
      signal.setAborted(this.abortReason);
    }
    this.runAbortSteps();
    for (const signal of dependents) {
      signal.runAbortSteps();
    }
  }

  /** Its sources forget it: long-lived ones must not collect such signals. */
  private setAborted(reason: unknown): void {
    this.isAborted = true;
    this.abortReason = reason;
    for (const source of this.sources ?? []) {
      source.dependents = source.dependents?.filter((signal) => signal !== this);
    }
    this.sources = undefined;
  }

  private runAbortSteps(): void {
    for (const algorithm of this.algorithms ?? []) {
      algorithm();
    }
    this.algorithms = undefined;
    if (this.listeners.length === 0) {
      return;
    }
    const event = new AbortEvent(this);
    for (const entry of this.listeners) {
      // Removed by a listener before it.
      if (!this.listeners.includes(entry)) {
        continue;
      }
      if (entry.once) {
        this.removeEventListener("abort", entry.listener);
      }
      this.call(entry.listener, event);
    }
  }

  /** A listener's failure is its own: it surfaces in the log and stops no other listener. */
  private call(listener: Listener, event: AbortEvent): void {
    try {
      if (typeof listener === "function") {
        listener.call(this, event);
      } else {
        listener.handleEvent(event);
      }
    } catch (error) {
      logOrReject("A listener of an AbortSignal threw", error);
    }
  }
}

export class AbortController {
  private readonly ownSignal = new AbortSignal(internal);

  get signal(): AbortSignal {
    return this.ownSignal;
  }

  abort(reason?: unknown): void {
    this.ownSignal[internal](reason);
  }
}

hideFields(AbortSignal, AbortController);
nameAsWeb(AbortEvent, "Event");
nameAsWeb(AbortSignal, "AbortSignal");
nameAsWeb(AbortController, "AbortController");

/** Libraries know the web's objects by their `Object.prototype.toString`; the bundler may have renamed the class. */
function nameAsWeb(type: { readonly prototype: object }, name: string): void {
  Object.defineProperty(type, "name", { value: name, configurable: true });
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** While a policy is loaded there is no log: then the error is that of a promise which nobody handles. */
function logOrReject(message: string, error: unknown): void {
  const running = whoRuns();
  if (running === undefined) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on as thrown
    void Promise.reject(error);
  } else {
    running.logThrown(message, error);
  }
}
