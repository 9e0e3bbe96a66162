import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder {
  readonly path: string;
  /** Idempotent. */
  remove(): Promise<void>;
}

/** A folder that only this user can read, since configurations of policies may hold secrets. It goes with the process. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "sluice-envoy-"));
  const onExit = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  process.once("exit", onExit);
  return {
    path,
    async remove() {
      process.removeListener("exit", onExit);
      await rm(path, { recursive: true, force: true });
    },
  };
}
