/** The globals of a policy that are Sluice's on every engine. The compiler binds the names in a policy to these. */
import type { LogFields } from "../policy/logger.js";
import { textOf } from "../thrown.js";
import type { Running } from "./current-event.js";
import { restoreRunning, resumeRunning, whoRuns } from "./running.js";
import { longestDelay } from "./timers.js";

export { Response } from "../policy/response.js";
export { AbortController, AbortSignal } from "./abort.js";

type Level = "debug" | "info" | "warn" | "error";

function write(level: Level, values: readonly unknown[]): void {
  const texts: string[] = [];
  const objects: unknown[] = [];
  for (const value of values) {
    if (typeof value === "object" && value !== null) {
      objects.push(value);
    } else {
      texts.push(textOf(value));
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

/** Calls back on the host's clock. As in Node, what is no number of milliseconds from 1 to 2^31-1 becomes 1. */
export function setTimeout<Arguments extends unknown[]>(
  callback: (...args: Arguments) => void,
  milliseconds: unknown = 0,
  ...args: Arguments
): number {
  // Texts become numbers.
  const delay = Number(milliseconds);
  const running = whoRuns();
  if (running === undefined) {
    return 0;
  }
  running.handsOver();
  const id = ++lastTimeout;
  const cancel = running.timers.schedule(delay >= 1 && delay <= longestDelay ? delay : 1, () => {
    timeouts.delete(id);
    guarded(running, "A callback of setTimeout threw", () => {
      callback(...args);
    });
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

const settled = Promise.resolve();

/** Runs `callback` after the code that is running now. What it throws goes to the log. */
export function queueMicrotask(callback: () => void): void {
  if (typeof callback !== "function") {
    throw new TypeError("queueMicrotask(): expected a function.");
  }
  const running = whoRuns();
  running?.handsOver();
  void settled.then(() => {
    if (running === undefined) {
      // While the policy is loaded there is no log: the error is that of a promise which nobody handles.
      callback();
    } else {
      guarded(running, "A callback of queueMicrotask threw", callback);
    }
  });
}

/** Runs code of a policy that nobody waits for. */
function guarded(running: Running, message: string, callback: () => void): void {
  if (running.cutOff === true) {
    return;
  }
  const before = resumeRunning(running);
  try {
    callback();
  } catch (error) {
    running.logThrown(message, error);
  } finally {
    restoreRunning(before);
  }
}
