/** Promises that are rejected and handled by nobody: their errors must not vanish. */
import { LogLevel } from "../../abi/constants.js";

export interface Rejections {
  /** `handled`: somebody handles now what nobody did. */
  readonly track: (promise: object, reason: unknown, handled: boolean) => void;
  /** Logs what is still handled by nobody when an event is over. */
  readonly report: () => void;
}

export function trackRejections(
  log: (level: LogLevel, message: string) => void,
  describe: (error: unknown) => string,
): Rejections {
  const unhandled = new Map<object, unknown>();
  return {
    track(promise, reason, handled) {
      if (handled) {
        unhandled.delete(promise);
      } else {
        unhandled.set(promise, reason);
      }
    },
    report() {
      for (const reason of unhandled.values()) {
        log(LogLevel.Error, `A promise was rejected and nobody handles it: ${describe(reason)}`);
      }
      unhandled.clear();
    },
  };
}
