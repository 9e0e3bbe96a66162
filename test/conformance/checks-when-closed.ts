/** What has reached the backends of runs that share a stage is looked at again when that is closed, and nothing more can come. */
import type { Run } from "./stage-pool.js";

export class ChecksWhenClosed {
  readonly #checks: { run: Run; check: () => void }[] = [];

  add(run: Run, check: () => void): void {
    this.#checks.push({ run, check });
  }

  /** @throws Error that names the first run of which something came late */
  run(): void {
    for (const { run, check } of this.#checks.splice(0)) {
      try {
        check();
      } catch (error) {
        const { file, testCase, partialRequests, splitting } = run;
        const name = `${file.policy}, partialRequests: ${partialRequests}: ${testCase.name}, ${splitting.name}`;
        throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
}
