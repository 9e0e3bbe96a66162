/** The files of a project: without those of others, and without what was made of them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Those in `folder` (absolute) and below whose names match, from there, in order; none of node_modules, dist and hidden folders. */
export async function projectFiles(folder: string, name: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && !["node_modules", "dist"].includes(entry.name) && !entry.name.startsWith(".")) {
      found.push(...(await projectFiles(join(folder, entry.name), name)).map((file) => join(entry.name, file)));
    } else if (entry.isFile() && name.test(entry.name)) {
      found.push(entry.name);
    }
  }
  return found.sort();
}
