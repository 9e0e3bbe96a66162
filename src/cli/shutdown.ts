/** SIGTERM and SIGINT: stop in good order; a second one stops at once. */

const signals = ["SIGTERM", "SIGINT"] as const;

/**
 * Resolves at the first SIGTERM or SIGINT with its name. A second one ends the process at once, with the exit code that a
 * shell gives for it.
 */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const [index, signal] of signals.entries()) {
      process.on(signal, () => {
        if (stopping) {
          process.exit(index === 0 ? 143 : 130);
        }
        stopping = true;
        resolve(signal);
      });
    }
  });
}
