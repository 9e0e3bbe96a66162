/** Loads of a cache that are under way: one for a key. They belong to the use of the policy, whatever becomes of the exchange that began them. */
import { SluiceError } from "../../errors.js";
import { KitPromise } from "../../policy/kit-promise.js";
import type { Logger } from "../../policy/logger.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import type { LoadContext } from "./cache.js";

export type Loader = (context: LoadContext) => unknown;

/** A load that is under way. */
export interface Load {
  readonly promise: KitPromise<unknown>;
  /** Of its key, before it began. */
  readonly version: number;
}

/** What becomes of a load, before those that wait are told. What these throw is what they are told. */
export interface LoadEnd {
  loaded(load: Load, value: unknown): void;
  failed(load: Load, error: unknown): void;
}

class Context implements LoadContext {
  readonly signal: AbortSignal;
  private readonly port: InstancePort;

  constructor(port: InstancePort, signal: AbortSignal) {
    this.port = port;
    this.signal = signal;
  }

  get logger(): Logger {
    return this.port.logger;
  }

  get [servicePort](): InstancePort {
    return this.port;
  }
}

hideFields(Context);

/**
 * Calls `loader` as code of the use.
 *
 * @param what the cache, for messages
 * @param began the load is under way: `loader` may end it at once
 */
export function startLoad(
  port: InstancePort,
  what: string,
  loader: Loader,
  timeout: number,
  version: number,
  end: LoadEnd,
  began: (load: Load) => void,
): Load {
  const load: Load = { promise: new KitPromise(), version };
  const controller = new AbortController();
  let over = false;
  const settle = (report: () => void): void => {
    if (over) {
      return;
    }
    over = true;
    cancelLimit();
    port.closed.removeEventListener("abort", onClosed);
    try {
      report();
    } catch (error) {
      load.promise.reject(error);
    }
  };
  const fail = (error: unknown): void => {
    settle(() => {
      end.failed(load, error);
      load.promise.reject(error);
    });
  };
  const succeed = (value: unknown): void => {
    settle(() => {
      end.loaded(load, value);
      load.promise.resolve(value);
    });
  };
  const giveUp = (reason: unknown): void => {
    fail(reason);
    controller.abort(reason);
  };
  const onClosed = (): void => {
    giveUp(port.closed.reason);
  };
  const cancelLimit = port.schedule(timeout, () => {
    giveUp(new SluiceError("CACHE_LOAD_TIMEOUT", `${what}: load() took longer than ${timeout} ms.`));
  });
  port.closed.addEventListener("abort", onClosed, { once: true });
  began(load);
  port.run(() => {
    try {
      const result = loader(new Context(port, controller.signal));
      if (isThenable(result)) {
        result.then(succeed, fail);
      } else {
        succeed(result);
      }
    } catch (error) {
      fail(error);
    }
  });
  return load;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** What is awaited, for one who leaves when `signal` is aborted. */
export function awaitUntil<T>(promise: KitPromise<T>, signal: AbortSignal | undefined): KitPromise<T> {
  if (signal === undefined || promise.state !== "pending") {
    return promise;
  }
  if (signal.aborted) {
    return KitPromise.rejected(signal.reason);
  }
  const waiter = new KitPromise<T>();
  const leave = (): void => {
    // Whoever aborts goes on first, as on the web, and a filter that is ended by it is not told.
    void Promise.resolve().then(() => {
      waiter.reject(signal.reason);
    });
  };
  signal.addEventListener("abort", leave, { once: true });
  promise.wait(() => {
    signal.removeEventListener("abort", leave);
    if (promise.state === "fulfilled") {
      waiter.resolve(promise.result as T);
    } else {
      waiter.reject(promise.result);
    }
  });
  return waiter;
}
