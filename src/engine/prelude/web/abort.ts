/** AbortController and AbortSignal of the DOM standard, as far as code without a DOM uses them: a signal's one event is `abort`. */
import { defineGlobals } from "../globals.js";

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

class AbortSignal {
  onabort: ((event: AbortEvent) => void) | null = null;
  #aborted = false;
  #reason: unknown = undefined;
  #listeners: { readonly listener: Listener; readonly once: boolean }[] = [];

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
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) {
      throw this.#reason;
    }
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void {
    if (type !== "abort" || listener === null) {
      return;
    }
    const { once = false, signal } = typeof options === "object" ? options : {};
    if (signal?.aborted === true || this.#listeners.some((entry) => entry.listener === listener)) {
      return;
    }
    this.#listeners.push({ listener, once });
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
      this.#listeners = this.#listeners.filter((entry) => entry.listener !== listener);
    }
  }

  [internal](reason: unknown): void {
    if (this.#aborted) {
      return;
    }
    this.#aborted = true;
    this.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    const event: AbortEvent = { type: "abort", target: this, currentTarget: this };
    if (typeof this.onabort === "function") {
      this.#call(this.onabort, event);
    }
    for (const entry of [...this.#listeners]) {
      // Removed by a listener before it.
      if (!this.#listeners.includes(entry)) {
        continue;
      }
      if (entry.once) {
        this.removeEventListener("abort", entry.listener);
      }
      this.#call(entry.listener, event);
    }
  }

  /** A listener's failure is its own: it surfaces in the log and stops no other listener. */
  #call(listener: Listener, event: AbortEvent): void {
    try {
      if (typeof listener === "function") {
        listener.call(this, event);
      } else {
        listener.handleEvent(event);
      }
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

class AbortController {
  readonly #signal = new AbortSignal(internal);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    this.#signal[internal](reason);
  }
}

defineGlobals({ AbortController, AbortSignal });
