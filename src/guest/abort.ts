/**
 * AbortController and AbortSignal of the DOM standard, as far as code without a DOM uses them: a signal's one event is `abort`.
 * The same on every engine. What a listener throws goes to the policy's log, where Node's own would end the process.
 */
import { hideFields } from "../policy/opaque.js";
import { restoreRunning, resumeRunning, whoRuns } from "./running.js";

type Listener = ((event: AbortEvent) => void) | { handleEvent(event: AbortEvent): void };

interface AbortEvent {
  readonly type: "abort";
  readonly target: AbortSignal;
  readonly currentTarget: AbortSignal;
}

interface ListenerOptions {
  once?: boolean;
  /** Removes the listener when it is aborted. */
  signal?: AbortSignal;
}

/** What only this file may do. */
const internal = Symbol("internal");

export class AbortSignal {
  onabort: ((event: AbortEvent) => void) | null = null;
  private isAborted = false;
  private abortReason: unknown = undefined;
  private listeners: readonly { readonly listener: Listener; readonly once: boolean }[] = [];

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

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    const result = new AbortSignal(internal);
    const done = sources.find((source) => source.aborted);
    if (done !== undefined) {
      result[internal](done.reason);
      return result;
    }
    // The first source that aborts takes the listeners from the others: long-lived ones must not collect them.
    const follow = new AbortSignal(internal);
    for (const source of sources) {
      source.addEventListener(
        "abort",
        () => {
          follow[internal](undefined);
          result[internal](source.reason);
        },
        { once: true, signal: follow },
      );
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

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (type !== "abort" || listener === null) {
      return;
    }
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted === true || this.listeners.some((entry) => entry.listener === listener)) {
      return;
    }
    this.listeners = [...this.listeners, { listener, once }];
    signal?.addEventListener(
      "abort",
      () => {
        this.removeEventListener(type, listener);
      },
      { once: true },
    );
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (type === "abort") {
      this.listeners = this.listeners.filter((entry) => entry.listener !== listener);
    }
  }

  [internal](reason: unknown): void {
    if (this.isAborted) {
      return;
    }
    this.isAborted = true;
    this.abortReason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    const event: AbortEvent = { type: "abort", target: this, currentTarget: this };
    if (typeof this.onabort === "function") {
      this.call(this.onabort, event);
    }
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
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as thrown
    void Promise.reject(error);
  } else {
    running.logThrown(message, error);
  }
}
