/**
 * The frame of a filter: its async function, lowered to a generator and driven here.
 *
 * Only the filter's own frame is driven in this way: it goes on at once when what it awaits is a promise of the kit that
 * is settled, and it can be ended like a generator (`finally` runs, `catch` does not). Functions that it calls are
 * driven by real promises, so the order of their effects is that of native async functions.
 */
import { continueWithoutData } from "../policy/flow.js";
import { KitPromise } from "../policy/kit-promise.js";
import { currentEvent, type Running } from "./current-event.js";
import { restoreRunning, resumeRunning, whoRuns } from "./running.js";

/** Hears how a frame ends; exactly one of the two is called, and neither after `cancel`. */
export interface FrameOwner {
  /** `step` is the frame's next piece of work; the owner calls it with its own bookkeeping around it. */
  frameStep(frame: Frame, step: () => void): void;
  frameReturned(frame: Frame, value: unknown): void;
  frameThrew(frame: Frame, error: unknown): void;
}

/** A filter that runs. */
export interface FilterRun {
  /** It is between two awaits. */
  readonly running: boolean;
  /** Ends it where it awaits: `finally` blocks run, and nothing is reported to the owner any more. */
  cancel(onFinallyError: (error: unknown) => void): void;
  /** Nothing of it runs any more, not even `finally`, and nothing is reported. */
  drop(): void;
}

type Resumption = (this: Iterator<unknown, unknown, unknown>, sent: unknown) => IteratorResult<unknown, unknown>;
type LoweredBody = (...args: unknown[]) => Iterator<unknown, unknown, unknown>;

/** What esbuild's lowered async functions call: `this`, the arguments, the body as a generator function. */
export function sluiceAsync(
  thisArgument: unknown,
  args: ArrayLike<unknown> | null,
  body: LoweredBody,
): PromiseLike<unknown> {
  const call = (): Iterator<unknown, unknown, unknown> => body.apply(thisArgument, (args ?? []) as unknown[]);
  if (!currentEvent.filterCalled) {
    return runAsPromise(call);
  }
  currentEvent.filterCalled = false;
  const frame = Frame.begun(call);
  currentEvent.frame = frame;
  return frame;
}

/** The filters of a policy that may wait. */
type Filters = Readonly<Partial<Record<"onRequest" | "onResponse", (state: never, context: never) => unknown>>>;

/**
 * Calls a filter: a generator (what the compiler makes of filters written in `definePolicy`), a lowered async function, or
 * a plain function. A generator runs at once, up to the first await that has to wait. The result is what the filter
 * returned, or a frame to be started where there is more to run.
 */
export function callFilter(filters: Filters, name: keyof Filters, state: unknown, context: unknown): unknown {
  currentEvent.filterCalled = true;
  let result: unknown;
  try {
    result = filters[name]?.(state as never, context as never);
  } catch (error) {
    forgetCall();
    throw error;
  }
  filterReturned(result);
  return result !== continueWithoutData && isGenerator(result) && mayWait(filters, name)
    ? runGenerator(result)
    : result;
}

/** A filter that was called has given this: see `callFilter`. */
export function filterReturned(result: unknown): void {
  currentEvent.filterCalled = false;
  if (currentEvent.frame !== undefined) {
    takeFrame(currentEvent.frame, result);
  }
}

/** A plain function called an async one. If it returned something else, that one runs as any async function does. */
function takeFrame(frame: object, result: unknown): void {
  currentEvent.frame = undefined;
  if (result !== frame) {
    void (frame as Frame).then();
  }
}

/** The engine ended a filter by force. */
export function forgetCall(): void {
  currentEvent.filterCalled = false;
  currentEvent.frame = undefined;
}

/**
 * Most filters end here: what they await is there already, and nothing has to be kept of them.
 *
 * @param result that of its last step
 */
export function runGenerator(
  iterator: Iterator<unknown, unknown, unknown>,
  result: IteratorResult<unknown, unknown> = iterator.next(),
): unknown {
  while (result.done !== true) {
    const awaited = result.value;
    if (!(awaited instanceof KitPromise) || awaited.state === "pending") {
      return Frame.waiting(iterator, result);
    }
    result =
      awaited.state === "fulfilled"
        ? iterator.next(awaited.result)
        : (iterator.throw as Resumption).call(iterator, awaited.reason);
  }
  return result.value;
}

type Step = () => IteratorResult<unknown, unknown>;

/** A lowered async function that is run step by step. */
export class Frame implements FilterRun, PromiseLike<unknown> {
  private readonly iterator: Iterator<unknown, unknown, unknown>;
  /** How the last step ended, where it was taken before the start. */
  private begun: Step | undefined;
  private owner: FrameOwner | undefined;
  private promise: Promise<unknown> | undefined;
  private cancelled = false;
  /** It has been cancelled, but not yet made to return. */
  private mustReturn = false;
  running = false;

  constructor(iterator: Iterator<unknown, unknown, unknown>) {
    this.iterator = iterator;
  }

  /** As an async function does, it runs up to its first await at the call; whether it is a filter's shows only later. */
  static begun(call: () => Iterator<unknown, unknown, unknown>): Frame {
    let iterator: Iterator<unknown, unknown, unknown> = noIterator;
    const first = settle(() => {
      iterator = call();
      return iterator.next();
    });
    const frame = new Frame(iterator);
    frame.begun = first;
    return frame;
  }

  /** A generator that has been run up to its first await that has to wait; `last` is that step's result. */
  static waiting(iterator: Iterator<unknown, unknown, unknown>, last: IteratorResult<unknown, unknown>): Frame {
    const frame = new Frame(iterator);
    frame.begun = () => last;
    return frame;
  }

  /** Runs up to the first await that has to wait. */
  start(owner: FrameOwner): void {
    this.owner = owner;
    this.step("next", undefined);
  }

  drop(): void {
    this.cancelled = true;
    this.owner = undefined;
  }

  cancel(onFinallyError: (error: unknown) => void): void {
    if (this.cancelled) {
      return;
    }
    this.cancelled = true;
    this.owner = {
      frameStep: (_frame, step) => {
        step();
      },
      frameReturned: () => undefined,
      frameThrew: (_frame, error) => {
        onFinallyError(error);
      },
    };
    // A frame that ends its own exchange (by asking for a body over the limit) is still running: it ends at its next await.
    if (this.running) {
      this.mustReturn = true;
    } else {
      this.step("return", undefined);
    }
  }

  /** For code that holds the frame as the promise of an async function: it runs as one from here on. */
  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.promise ??= runAsPromise(() => this.iterator, this.begun);
    return this.promise.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.then().finally(onFinally);
  }

  private step(method: "next" | "throw" | "return", sent: unknown): void {
    for (;;) {
      let result: IteratorResult<unknown, unknown>;
      this.running = true;
      try {
        result = this.advance(method, sent);
      } catch (error) {
        this.running = false;
        (this.owner as FrameOwner).frameThrew(this, error);
        return;
      }
      this.running = false;
      if (result.done === true) {
        this.ended(result.value);
        return;
      }
      const awaited = result.value;
      if (this.mustReturn) {
        this.mustReturn = false;
        method = "return";
        sent = undefined;
        continue;
      }
      if (!(awaited instanceof KitPromise) || awaited.state === "pending") {
        this.waitFor(awaited);
        return;
      }
      const fulfilled = awaited.state === "fulfilled";
      method = fulfilled ? "next" : "throw";
      sent = fulfilled ? awaited.result : awaited.reason;
    }
  }

  private advance(method: "next" | "throw" | "return", sent: unknown): IteratorResult<unknown, unknown> {
    if (method !== "next") {
      return (this.iterator[method] as Resumption).call(this.iterator, sent);
    }
    const begun = this.begun;
    if (begun === undefined) {
      return this.iterator.next(sent);
    }
    this.begun = undefined;
    return begun();
  }

  /** It returned. A promise of any kind is taken for its own, as async functions do. */
  private ended(value: unknown): void {
    const owner = this.owner as FrameOwner;
    let promise: Promise<unknown> | undefined;
    try {
      promise = isThenable(value) ? asPromise(value) : undefined;
    } catch (error) {
      owner.frameThrew(this, error);
      return;
    }
    if (promise === undefined) {
      owner.frameReturned(this, value);
    } else {
      this.returnLater(promise);
    }
  }

  private returnLater(promise: Promise<unknown>): void {
    const generation = this.owner as FrameOwner;
    const settle = (report: () => void): void => {
      if (this.owner === generation) {
        generation.frameStep(this, report);
      }
    };
    promise.then(
      (value) => {
        settle(() => {
          generation.frameReturned(this, value);
        });
      },
      (error: unknown) => {
        settle(() => {
          generation.frameThrew(this, error);
        });
      },
    );
  }

  private waitFor(awaited: unknown): void {
    // What was awaited before a cancellation must not resume the frame after it.
    const generation = this.owner;
    if (awaited instanceof KitPromise) {
      awaited.wait(() => {
        if (this.owner === generation) {
          this.resume(awaited.state === "fulfilled" ? "next" : "throw", awaited.result);
        }
      });
      return;
    }
    void Promise.resolve(awaited).then(
      (value) => {
        if (this.owner === generation) {
          this.resume("next", value);
        }
      },
      (error: unknown) => {
        if (this.owner === generation) {
          this.resume("throw", error);
        }
      },
    );
  }

  private resume(method: "next" | "throw", sent: unknown): void {
    (this.owner as FrameOwner).frameStep(this, () => {
      this.step(method, sent);
    });
  }
}

/** Whether a value has to be waited for: a promise of any kind, a frame too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== undefined &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function" &&
    typeof value === "object"
  );
}

/** A promise of what a policy's own thenable gives, which may throw, call back at once, or twice. */
export function asPromise(thenable: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(thenable);
  });
}

function isGenerator(value: unknown): value is Iterator<unknown, unknown, unknown> {
  return value !== undefined && value !== null && typeof (value as { next?: unknown }).next === "function";
}

/** The filter is a generator function. Only then is a generator the filter itself, and not what it returned by mistake. */
export function mayWait(filters: Filters, name: keyof Filters): boolean {
  const filter = filters[name];
  return filter !== undefined && Object.getPrototypeOf(filter) === generatorFunctions;
}

const generatorFunctions: unknown = Object.getPrototypeOf(function* () {
  /* of any */
});

/** What is run of a function whose parameters threw: nothing. */
const noIterator: Iterator<unknown, unknown, unknown> = {
  next: () => ({ done: true, value: undefined }),
  return: () => ({ done: true, value: undefined }),
};

/** Takes a step now; its result, or what it threw, is given by the function returned. */
function settle(step: Step): Step {
  try {
    const result = step();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Whose code the promises of async functions were rejected by. */
const rejecting = new WeakMap<object, Running | undefined>();

/** The code that has rejected the promise of an async function; undefined for other promises. */
export function rejectingCode(promise: object | undefined): Running | undefined {
  return promise === undefined ? undefined : rejecting.get(promise);
}

/** Drives a generator as an async function does. `begun`: how its first step ended, where that was taken already. */
function runAsPromise(call: () => Iterator<unknown, unknown, unknown>, begun?: Step): Promise<unknown> {
  const running = whoRuns();
  running?.handsOver();
  let promise: Promise<unknown> | undefined = undefined;
  let rejectsAtOnce = false;
  const noteRejection = (): void => {
    if (promise === undefined) {
      rejectsAtOnce = true;
    } else {
      rejecting.set(promise, running);
    }
  };
  promise = new Promise((resolve, reject) => {
    let iterator: Iterator<unknown, unknown, unknown>;
    const step = (advance: Step): void => {
      let result: IteratorResult<unknown, unknown>;
      try {
        result = advance();
      } catch (error) {
        noteRejection();
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on as thrown
        reject(error);
        return;
      }
      if (result.done === true) {
        resolve(result.value);
      }
      // A promise of the kit takes as long as a native one would.
      else if (result.value instanceof KitPromise) {
        void result.value.then(onValue, onError);
      } else {
        void Promise.resolve(result.value).then(onValue, onError);
      }
    };
    // For the globals, the code after an await belongs to whoever called the function.
    const resume = (advance: Step): void => {
      if (running?.cutOff === true) {
        return;
      }
      const before = running === undefined ? undefined : resumeRunning(running);
      step(advance);
      restoreRunning(before);
    };
    const onValue = (value: unknown): void => {
      resume(() => iterator.next(value));
    };
    const onError = (error: unknown): void => {
      resume(() => (iterator.throw as Resumption).call(iterator, error));
    };
    step(() => {
      iterator = call();
      return begun === undefined ? iterator.next() : begun();
    });
  });
  if (rejectsAtOnce) {
    noteRejection();
  }
  return promise;
}
