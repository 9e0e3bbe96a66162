/** What must not outlive this process. One listener for all, since Node warns of many. */
const tasks = new Set<() => void>();

/** Runs `task` when the process exits, unless what is returned is called before. */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) {
    process.on("exit", runAll);
  }
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) {
      process.off("exit", runAll);
    }
  };
}

function runAll(): void {
  for (const task of tasks) {
    task();
  }
}
