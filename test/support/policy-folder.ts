/** A temporary folder with policies and what they import. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface PolicyFolder {
  readonly path: string;
  /** Writes a file, by its path below the folder; returns its absolute path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createPolicyFolder(): Promise<PolicyFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "sluice-policies-")));
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
    remove: () => rm(path, { recursive: true }),
  };
}
