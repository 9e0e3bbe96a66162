/**
 * What makes a test go on: the two sides of each exchange, one step at a time, and the clock when nothing else can happen.
 */
import { setImmediate, setTimeout } from "node:timers";
import { SluiceError } from "../errors.js";
import { onAnotherWorker } from "../host/turn.js";
import type { Random } from "./random.js";
import type { VirtualClock } from "./virtual-clock.js";

/** Something that acts by itself, such as a side of an exchange. */
export interface Driver {
  /** Whose policies it tells. */
  readonly worker: number;
  /** Does the next thing, if it can be done now. false: it cannot. */
  step(): boolean;
  /** It will do nothing more. */
  readonly over: boolean;
}

/** Something that happens once. */
export class OneStep implements Driver {
  over = false;

  constructor(
    readonly worker: number,
    private readonly run: () => void,
  ) {}

  step(): boolean {
    this.over = true;
    this.run();
    return true;
  }
}

/** Somebody who waits for something in a test. */
interface Waiter {
  done: () => boolean;
  /** What keeps it waiting that only the test can end; undefined when nothing does. */
  heldBy: () => string | undefined;
  /** Why nothing happens any more. */
  stuck: () => string;
  /** The clock must not go beyond. */
  limit: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** No wait of a test lets more time pass: a policy's own timers would go on for ever. */
const limitMilliseconds = 3_600_000;

/** Of real time: how long a test's own function may take to answer. */
const functionLimitMilliseconds = 5_000;

export class Scheduler {
  readonly clock: VirtualClock;
  readonly random: Random | undefined;
  #drivers: Driver[] = [];
  #waiters: Waiter[] = [];
  #running = false;
  /** Workers that stand still in a hostcall, while others take steps. */
  readonly #inHostcalls = new Set<number>();
  /** What a step in a hostcall threw, boxed: nothing of it is that guest's. */
  #thrown: { error: unknown } | undefined;
  readonly #work = new Set<Promise<unknown>>();
  readonly #functions = new Set<Promise<unknown>>();

  /** @param random chooses whose turn it is; without it, it is everybody's in the order of their coming */
  constructor(clock: VirtualClock, random?: Random) {
    this.clock = clock;
    this.random = random;
  }

  add(driver: Driver): void {
    this.#drivers.push(driver);
  }

  /**
   * What happens in other workers while this one is in a hostcall: with a seed any number of steps, of which none goes back to a worker that
   * is in a hostcall itself.
   */
  meanwhile(worker: number): void {
    const { random } = this;
    if (random === undefined) {
      return;
    }
    this.#inHostcalls.add(worker);
    try {
      for (;;) {
        const others = this.#drivers.filter((driver) => !driver.over && !this.#inHostcalls.has(driver.worker));
        if (others.length === 0 || random.once(2)) {
          return;
        }
        onAnotherWorker(() => {
          (others[random.below(others.length)] as Driver).step();
        });
      }
    } catch (error) {
      this.#thrown ??= { error };
    } finally {
      this.#inHostcalls.delete(worker);
    }
  }

  /** Work of a policy that goes on outside of this thread, such as cryptography: nothing else is done before it has ended. */
  trackWork<T>(work: Promise<T>): Promise<T> {
    return track(this.#work, work);
  }

  /** A function of the test that is to answer: time stands still until it has. */
  trackFunction<T>(call: Promise<T>): Promise<T> {
    return track(this.#functions, call);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.#quiet();
    while (await this.#round()) {
      // As far as it goes.
    }
  }

  /** Lets that much time pass, and everything happen that happens in it. */
  async advance(milliseconds: number): Promise<void> {
    await this.settle();
    const end = this.clock.now() + milliseconds;
    while (this.#advanceToNext(end)) {
      await this.settle();
    }
    this.clock.set(end);
    await this.settle();
  }

  /**
   * Lets time pass until the condition holds.
   *
   * @throws SluiceError TEST_STUCK when nothing can happen any more and it does not hold
   */
  async runUntil({ done, heldBy, stuck }: Pick<Waiter, "done" | "heldBy" | "stuck">): Promise<void> {
    await this.#quiet();
    if (done()) {
      return;
    }
    const waiting = new Promise<void>((resolve, reject) => {
      this.#waiters.push({ done, heldBy, stuck, limit: this.clock.now() + limitMilliseconds, resolve, reject });
    });
    if (!this.#running) {
      void this.#run();
    }
    await waiting;
  }

  /** One loop for all who wait, so that time passes for all of them at once. */
  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiters.length > 0) {
        await this.#quiet();
        this.#release(
          (waiter) => waiter.done(),
          ({ resolve }) => {
            resolve();
          },
        );
        if (this.#waiters.length === 0 || (await this.#round())) {
          continue;
        }
        if (this.#functions.size > 0) {
          await this.#untilFunction();
        } else {
          this.#passTime();
        }
      }
    } catch (error) {
      this.#release(
        () => true,
        ({ reject }) => {
          reject(error as Error);
        },
      );
    } finally {
      this.#running = false;
    }
  }

  #passTime(): void {
    const stuck = (waiter: Waiter, reason: string) => {
      waiter.reject(new SluiceError("TEST_STUCK", `stuck: ${reason}`));
    };
    const held = this.#waiters.length;
    this.#release(
      (waiter) => waiter.heldBy() !== undefined,
      (waiter) => {
        stuck(waiter, waiter.heldBy() as string);
      },
    );
    if (this.#waiters.length < held) {
      return;
    }
    const now = this.clock.now();
    this.#release(
      ({ limit }) => now > limit,
      (waiter) => {
        stuck(waiter, `${waiter.stuck()} (an hour has passed)`);
      },
    );
    if (this.#waiters.length > 0 && !this.#advanceToNext()) {
      this.#release(
        () => true,
        (waiter) => {
          stuck(waiter, waiter.stuck());
        },
      );
    }
  }

  /** With a seed everything happens that falls due at that time: what it brings about is in the order that is drawn. */
  #advanceToNext(end?: number): boolean {
    if (!this.clock.advanceToNext(end)) {
      return false;
    }
    const left = this.random === undefined ? 0 : this.clock.pending;
    for (let index = 0; index < left && this.clock.advanceToNext(this.clock.now()); index++) {
      // One after the other; what these set anew waits for the next time.
    }
    return true;
  }

  #release(which: (waiter: Waiter) => boolean, how: (waiter: Waiter) => void): void {
    const released = this.#waiters.filter(which);
    this.#waiters = this.#waiters.filter((waiter) => !released.includes(waiter));
    for (const waiter of released) {
      how(waiter);
    }
  }

  async #round(): Promise<boolean> {
    let moved = false;
    if (this.#thrown !== undefined) {
      const { error } = this.#thrown;
      this.#thrown = undefined;
      throw error;
    }
    for (const driver of this.random?.shuffled(this.#drivers) ?? [...this.#drivers]) {
      if (!driver.over && driver.step()) {
        moved = true;
        await this.#quiet();
        // Whose turn it is next is drawn again.
        if (this.random !== undefined) {
          break;
        }
      }
    }
    this.#drivers = this.#drivers.filter(({ over }) => !over);
    return moved;
  }

  /** Nothing of a policy runs any more. */
  async #quiet(): Promise<void> {
    await promiseJobs();
    while (this.#work.size > 0) {
      await Promise.allSettled(this.#work);
      await promiseJobs();
    }
  }

  async #untilFunction(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((_resolve, reject) => {
      timer = setTimeout(() => {
        const seconds = functionLimitMilliseconds / 1_000;
        reject(
          new SluiceError(
            "TEST_STUCK",
            `stuck: a function that answers for an upstream has not returned for ${seconds} s (of real time)`,
          ),
        );
      }, functionLimitMilliseconds);
    });
    try {
      await Promise.race([
        limit,
        ...[...this.#functions].map((call) =>
          call.then(
            () => undefined,
            () => undefined,
          ),
        ),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function track<T>(set: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  set.add(promise);
  const forget = () => {
    set.delete(promise);
  };
  promise.then(forget, forget);
  return promise;
}

/** A macrotask later: all promise jobs have run. */
async function promiseJobs(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
