/**
 * Makes a function that runs `task`, one run at a time: a call during a run makes one more run after it. `task` must not
 * throw.
 */
export function inTurn(task: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      await task();
    } while (again);
    running = false;
  };
  return () => {
    if (running) {
      again = true;
    } else {
      void run();
    }
  };
}
