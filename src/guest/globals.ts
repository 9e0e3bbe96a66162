/** The globals of a policy that are Sluice's on every engine. The compiler binds the names in a policy to these. */
import type { LogFields } from "../policy/context.js";
import { restoreRunning, resumeRunning, whoRuns } from "./running.js";

export { Response } from "../policy/response.js";

type Level = "debug" | "info" | "warn" | "error";

function write(level: Level, values: readonly unknown[]): void {
  const texts: string[] = [];
  const objects: unknown[] = [];
  for (const value of values) {
    if (typeof value === "object" && value !== null) {
      objects.push(value);
    } else {
      texts.push(String(value));
    }
  }
  const fields: LogFields | undefined =
    objects.length === 0 ? undefined : { values: objects.length === 1 ? objects[0] : objects };
  whoRuns()?.logger[level](texts.join(" "), fields);
}

/** Writes to the policy's log. */
export const console = {
  debug: (...values: unknown[]): void => {
    write("debug", values);
  },
  log: (...values: unknown[]): void => {
    write("info", values);
  },
  info: (...values: unknown[]): void => {
    write("info", values);
  },
  warn: (...values: unknown[]): void => {
    write("warn", values);
  },
  error: (...values: unknown[]): void => {
    write("error", values);
  },
};

const timeouts = new Map<number, () => void>();
let lastTimeout = 0;

/** Calls back on the host's clock. */
export function setTimeout<Arguments extends unknown[]>(
  callback: (...args: Arguments) => void,
  milliseconds = 0,
  ...args: Arguments
): number {
  const running = whoRuns();
  if (running === undefined) {
    return 0;
  }
  const id = ++lastTimeout;
  const cancel = running.timers.schedule(milliseconds, () => {
    timeouts.delete(id);
    const before = resumeRunning(running);
    try {
      callback(...args);
    } catch (error) {
      running.logThrown("A callback of setTimeout threw", error);
    } finally {
      restoreRunning(before);
    }
  });
  timeouts.set(id, cancel);
  return id;
}

/** Forgets a time-out. */
export function clearTimeout(id: number | undefined): void {
  if (id === undefined) {
    return;
  }
  timeouts.get(id)?.();
  timeouts.delete(id);
}

/** A signal on the host's clock; esbuild puts it in place of `AbortSignal.timeout`, which in Node has a clock of its own. */
function timeoutSignal(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  }, milliseconds);
  return controller.signal;
}

export { timeoutSignal as "AbortSignal.timeout" };
