/** Promises that are rejected and handled by nobody: their errors must not vanish. */

export interface Rejections {
  /** `handled`: somebody handles now what nobody did. */
  readonly track: (promise: object, reason: unknown, handled: boolean) => void;
  /** Tells what is still handled by nobody when an event is over. */
  readonly report: () => void;
}

export function trackRejections(tell: (reason: unknown, promise: object) => void): Rejections {
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
      const left = [...unhandled];
      unhandled.clear();
      for (const [promise, reason] of left) {
        tell(reason, promise);
      }
    },
  };
}
