import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those that it is in, where they are missing. `recursive` of `mkdir` does the same, but never ends where no folder
 * can be made in one that is there (`/proc`): that system call says `ENOENT`, too.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) {
    return;
  }
  const parent = dirname(path);
  if (parent !== path) {
    await makeFolder(parent);
  }
  try {
    await mkdir(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isFolder(path))) {
      throw error;
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
