/** The files of a project: without those of others, and without what was made of them. */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Those whose names match, as paths from `folder` (absolute).
 *
 * @param wanted Files, as they are, and folders, with everything below them; none: all in `folder`. Of node_modules, dist and hidden
 *   folders none are found, unless they are named.
 */
export async function projectFiles(folder: string, name: RegExp, wanted: readonly string[] = []): Promise<string[]> {
  if (wanted.length === 0) {
    return filesBelow(folder, name);
  }
  const found = await Promise.all(
    wanted.map(async (path) => {
      if (!isFolder(resolve(folder, path))) {
        return name.test(path) ? [path] : [];
      }
      return (await filesBelow(resolve(folder, path), name)).map((file) => join(path, file));
    }),
  );
  return [...new Set(found.flat())];
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** In order. */
async function filesBelow(folder: string, name: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && !["node_modules", "dist"].includes(entry.name) && !entry.name.startsWith(".")) {
      found.push(...(await filesBelow(join(folder, entry.name), name)).map((file) => join(entry.name, file)));
    } else if (entry.isFile() && name.test(entry.name)) {
      found.push(entry.name);
    }
  }
  return found.sort();
}
