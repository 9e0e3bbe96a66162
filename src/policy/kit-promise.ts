import { bareObject } from "./bare-object.js";
import { hideFields } from "./opaque.js";
import { runAll } from "./run-all.js";

/**
 * A promise of the kit. The frame of a filter looks into it and goes on at once when it is settled (no microtask); for
 * everybody else it behaves like any promise.
 */
export class KitPromise<T> implements Promise<T> {
  // Only declared: most are fulfilled when they are made, and QuickJS pays for each field that is defined.
  declare state: "pending" | "fulfilled" | "rejected";
  /** The value or the reason, once settled. */
  declare result: unknown;
  /** Frames that wait: usually one, more where exchanges share a promise. */
  declare private waiters?: (() => void)[] | undefined;
  declare private isObserved?: true;
  declare private promise?: Promise<T>;
  declare private settlePromise?: () => void;

  static {
    KitPromise.prototype.state = "fulfilled";
  }

  constructor() {
    this.state = "pending";
  }

  static resolved<T>(value: T): KitPromise<T> {
    const promise = bareObject(KitPromise.prototype) as KitPromise<T>;
    promise.result = value;
    return promise;
  }

  static rejected<T>(reason: unknown): KitPromise<T> {
    const promise = new KitPromise<T>();
    promise.state = "rejected";
    promise.result = reason;
    return promise;
  }

  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  resolve(value: T): void {
    this.settle("fulfilled", value);
  }

  reject(reason: unknown): void {
    this.settle("rejected", reason);
  }

  /** Somebody waits for this, or has. */
  get observed(): boolean {
    return this.isObserved === true;
  }

  /** What to throw where a rejected one is awaited. */
  get reason(): unknown {
    this.isObserved = true;
    return this.result;
  }

  /** Called by a frame: `waiter` runs synchronously when this settles. */
  wait(waiter: () => void): void {
    this.isObserved = true;
    if (this.waiters === undefined) {
      this.waiters = [waiter];
    } else {
      this.waiters.push(waiter);
    }
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.native().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.native().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.native().finally(onFinally);
  }

  private settle(state: "fulfilled" | "rejected", result: unknown): void {
    if (this.state !== "pending") {
      return;
    }
    this.state = state;
    this.result = result;
    this.settlePromise?.();
    const waiters = this.waiters;
    if (waiters === undefined) {
      return;
    }
    this.waiters = undefined;
    runAll(waiters);
  }

  private native(): Promise<T> {
    this.isObserved = true;
    this.promise ??= new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        if (this.state === "fulfilled") {
          resolve(this.result as T);
        } else {
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is passed on as it is
          reject(this.result);
        }
      };
      if (this.state === "pending") {
        this.settlePromise = settle;
      } else {
        settle();
      }
    });
    return this.promise;
  }
}

hideFields(KitPromise);
