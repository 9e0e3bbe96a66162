/** Watches the files that a policy is made of. */
import { type FSWatcher, watch } from "node:fs";
import { dirname, join } from "node:path";

/** Editors write a file in several steps; this long nothing may happen before it is read. */
const settleMilliseconds = 20;

const source = /\.(?:[cm]?[jt]sx?|json)$/;

/** Whether a change in a watched folder matters: of a watched file, or of a source, which may resolve an import that failed. */
export function matters(path: string, files: ReadonlySet<string>): boolean {
  return files.has(path) || source.test(path);
}

export interface FileWatcher {
  /** From now on these files are watched, and new sources in their folders. Absolute paths. Nothing once it is closed. */
  watch(files: readonly string[]): void;
  /** Idempotent. */
  close(): void;
}

/**
 * Calls `onChange` when something was saved, once for a save. Folders are watched, not files: editors replace files by
 * renaming, and the watch of a file that was replaced sees nothing more.
 */
export function createFileWatcher(onChange: () => void): FileWatcher {
  const folders = new Map<string, FSWatcher>();
  let files = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const changed = (folder: string, name: string | null) => {
    // Some platforms do not say what it was.
    if (name === null || matters(join(folder, name), files)) {
      clearTimeout(timer);
      timer = setTimeout(onChange, settleMilliseconds);
    }
  };

  const open = (folder: string) => {
    try {
      const watcher = watch(folder, (_event, name) => {
        changed(folder, name);
      });
      watcher.on("error", () => {
        close(folder);
      });
      folders.set(folder, watcher);
    } catch {
      // The folder is gone; whatever brings it back is saved in one that is watched, or is the next start.
    }
  };

  const close = (folder: string) => {
    folders.get(folder)?.close();
    folders.delete(folder);
  };

  return {
    watch(paths) {
      if (closed) {
        // A reload was on its way; a watch that is opened now would keep the process alive.
        return;
      }
      files = new Set(paths);
      const wanted = new Set(paths.map((path) => dirname(path)));
      for (const folder of [...folders.keys()].filter((open) => !wanted.has(open))) {
        close(folder);
      }
      for (const folder of wanted) {
        if (!folders.has(folder)) {
          open(folder);
        }
      }
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const folder of [...folders.keys()]) {
        close(folder);
      }
    },
  };
}
