/** The `crypto` of a policy that runs in this process: a test waits for what it computes in other threads. */
import type { Scheduler } from "./scheduler.js";

/** Node's, whose promises the scheduler knows. */
export function trackedCrypto(scheduler: Scheduler): typeof globalThis.crypto {
  const subtle = wrapped(globalThis.crypto.subtle, (result) =>
    result instanceof Promise ? scheduler.trackWork(result) : result,
  );
  return wrapped(globalThis.crypto, (result) => result, { subtle });
}

function wrapped<T extends object>(target: T, onResult: (result: unknown) => unknown, replaced: Partial<T> = {}): T {
  return new Proxy(target, {
    get(object, key) {
      if (Object.hasOwn(replaced, key)) {
        return replaced[key as keyof T];
      }
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== "function") {
        return value;
      }
      return (...args: unknown[]) => onResult(Reflect.apply(value, object, args));
    },
  });
}
