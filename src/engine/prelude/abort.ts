/** AbortController and AbortSignal of the DOM standard, as far as code without a DOM uses them. */

type Listener = ((event: AbortEvent) => void) | { handleEvent(event: AbortEvent): void };

interface AbortEvent {
  readonly type: "abort";
  readonly target: AbortSignal;
}

/** What only the controller may do. */
const abortSignal = Symbol("abort");

export class AbortSignal {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: AbortEvent) => void) | null = null;
  readonly #listeners: { listener: Listener; once: boolean }[] = [];

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal();
    signal[abortSignal](reason);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    const done = sources.find((source) => source.aborted);
    if (done !== undefined) return AbortSignal.abort(done.reason);
    const result = new AbortSignal();
    for (const source of sources) {
      source.addEventListener("abort", () => {
        result[abortSignal](source.reason);
      }, { once: true });
    }
    return result;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | { once?: boolean }): void {
    if (type !== "abort" || listener === null) return;
    if (this.#listeners.some((entry) => entry.listener === listener)) return;
    this.#listeners.push({ listener, once: typeof options === "object" && options.once === true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    const index = this.#listeners.findIndex((entry) => entry.listener === listener);
    if (type === "abort" && index >= 0) this.#listeners.splice(index, 1);
  }

  [abortSignal](reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    const event: AbortEvent = { type: "abort", target: this };
    const failures: unknown[] = [];
    const call = (listener: Listener): void => {
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        failures.push(error);
      }
    };
    if (this.onabort !== null) call(this.onabort);
    for (const { listener, once } of [...this.#listeners]) {
      if (once) this.removeEventListener("abort", listener);
      call(listener);
    }
    // A listener's failure is its own: it surfaces in the log and stops no other listener.
    for (const failure of failures) {
      queueMicrotask(() => {
        throw failure;
      });
    }
  }
}

export class AbortController {
  readonly signal = new AbortSignal();

  abort(reason?: unknown): void {
    this.signal[abortSignal](reason);
  }
}
